import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { looping, rowBuilder } from '../../../../src/connectors/postgres/row-builder.ts';
import type { RowInMaking, RowMode } from '../../../../src/connectors/postgres/row-builder.ts';
import { readText } from '../../../../src/connectors/postgres/raw-row.ts';
import { seed } from '../../../support/seed.ts';

const PROGRAM = new URL('row-without-code.ts', import.meta.url).pathname;

/** The row that either builder makes of values in the columns of these names. */
function made(build: typeof rowBuilder, names: readonly string[], values: (string | null)[], mode: RowMode): unknown {
  const columns = values.map((value) => {
    const text = Buffer.from(value ?? '');
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : text.length);
    return Buffer.concat([length, text]);
  });
  const bytes = Buffer.concat(columns);
  const row: RowInMaking = { bytes, start: 0, text: undefined, column: 0 };
  const readers = names.map(() => readText);
  return build(names, readers, mode)(row, bytes, 0, bytes.length);
}

describe(`the builders of rows (seed ${seed})`, () => {
  const awkward = ['__proto__', 'constructor', '', '0', '?column?', '"', '\\', '\u2028', '\ud800', '"]: 1, ["', '${1}'];

  it('make objects whose keys are the names, whatever they are', () => {
    const row = made(rowBuilder, awkward, awkward, 'object') as object;
    assert.deepEqual(new Map(Object.entries(row)), new Map(awkward.map((name) => [name, name.toWellFormed()])));
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
  });

  it('are two that make the same of everything', () => {
    const name = fc.oneof(fc.constantFrom(...awkward), fc.string({ unit: 'binary', maxLength: 8 }));
    const value = fc.oneof(fc.constant(null), fc.string({ maxLength: 20 }));
    const columns = fc.array(fc.tuple(name, value), { maxLength: 12 });
    fc.assert(
      fc.property(columns, fc.constantFrom<RowMode>('object', 'array'), (pairs, mode) => {
        const names = pairs.map(([key]) => key);
        const values = pairs.map(([, text]) => text);
        const [one, other] = [rowBuilder, looping].map((build) => made(build, names, values, mode));
        assert.deepEqual(one, other);
        assert.deepEqual(Object.keys(one as object), Object.keys(other as object));
      }),
      { seed, numRuns: 1_000 },
    );
  });

  for (const build of [rowBuilder, looping]) {
    it(`read no value that is longer than its row (${build.name})`, () => {
      const bytes = Buffer.from('\0\0\0\x01a\0\0\0\x02b+', 'latin1');
      const row: RowInMaking = { bytes, start: 0, text: undefined, column: 0 };
      const make = build(['a', 'b'], [readText, readText], 'array');
      assert.throws(() => make(row, bytes, 0, bytes.length - 1), { code: 'SERVER_ERROR' });
      assert.equal(row.column, 0);
      assert.deepEqual(make(row, bytes, 0, bytes.length), ['a', 'b+']);
      assert.equal(row.column, 1);
    });
  }

  it('make rows in a process that forbids code from strings', () => {
    const said = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', PROGRAM]);
    assert.deepEqual(JSON.parse(String(said)), { forbidden: true, row: { a: 'x' } });
  });
});
