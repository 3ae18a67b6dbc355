import assert from 'node:assert/strict';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import { hasRoomBeside, isTemporaryName, temporaryName } from '../../../src/connectors/adls2/temporary-name.ts';
import { pathProblem } from '../../../src/connectors/adls2/target.ts';

const ID = '0f8e2a7c-5b1d-4c7e-9a55-2f6b8d1c3e4f';

describe('the temporary name of a path', () => {
  it('is a dotted sibling', () => {
    assert.equal(temporaryName('a/b/c.csv', 'x1'), 'a/b/.c.csv.x1.sluice-tmp');
    assert.equal(temporaryName('c.csv', 'x1'), '.c.csv.x1.sluice-tmp');
  });

  it('is a path that may be, however long the path and its name are, and is known again', () => {
    const paths = ['c', '.hidden', 'ü', 'a'.repeat(255), '😀'.repeat(127), `${'dir/'.repeat(200)}${'b'.repeat(220)}`];
    for (const path of paths) {
      const temporary = temporaryName(path, ID);
      assert.equal(pathProblem(temporary), undefined, path);
      assert.ok((temporary.split('/').at(-1) ?? '').length <= 255);
      assert.ok(isTemporaryName(temporary));
      assert.notEqual(temporary, temporaryName(path, 'another'));
    }
  });

  it('has room beside a path, but for one in a directory that takes nearly all a path may have', () => {
    const deep = (directory: number) => `${'d/'.repeat(directory / 2)}x`;
    assert.deepEqual([hasRoomBeside(deep(974)), hasRoomBeside(deep(976))], [true, false]);
    assert.equal(pathProblem(temporaryName(deep(974), ID)), undefined);
    assert.notEqual(pathProblem(temporaryName(deep(976), ID)), undefined);
    const sink = () => adlsFileSink({ container: 'lake', path: deep(976), config: { accountName: 'a' } });
    assert.throws(sink, { name: 'ConfigError', code: 'CONFIG_INVALID' });
  });

  it('is taken for no other', () => {
    const others = ['a.sluice-tmp', '.a.sluice-tmp', 'a/.b.x.sluice-tmp/c', '.a.x.sluice-tmp2', 'a.b.x.sluice-tmp'];
    for (const path of others) assert.equal(isTemporaryName(path), false, path);
  });
});
