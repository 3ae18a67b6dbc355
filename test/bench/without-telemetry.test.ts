import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { silent } from '../../bench/harness/without-telemetry.ts';

const source = (module: string): string =>
  readFileSync(path.join(import.meta.dirname, '../../src/core', module), 'utf8');

describe('a contender without telemetry', () => {
  it('leaves out everything that an operation tells', () => {
    const text = silent('operation.ts', source('operation.ts'));
    const methods = [...text.matchAll(/^ {2}(\w+)\(.*\{\n {4}return;$/gm)].map(([, name]) => name);
    assert.deepEqual(methods, ['start', 'annotate', 'annotateFrom', 'retry', 'stage', 'end', 'fail']);
  });

  it('reads no clock for the time that a stream is blocked', () => {
    for (const module of ['sink.ts', 'source.ts']) {
      assert.match(source(module), /blockedMs \+=/);
      assert.doesNotMatch(silent(module, source(module)), /blockedMs \+=|idleSince = p|since = p/);
    }
  });

  it('is not built when the source no longer has what it leaves out', () => {
    assert.throws(() => silent('sink.ts', 'export {};'), /no longer has/);
  });
});
