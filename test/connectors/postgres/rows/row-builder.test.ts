import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { lineBuilder, loopingLines } from '../../../../src/connectors/postgres/decoding/line-builder.ts';
import { looping, rowBuilder } from '../../../../src/connectors/postgres/rows/row-builder.ts';
import type { RowInMaking } from '../../../../src/connectors/postgres/rows/raw-row.ts';
import type { RowMode } from '../../../../src/connectors/postgres/rows/row-shape.ts';
import { readText } from '../../../../src/connectors/postgres/rows/raw-row.ts';
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
  const row: RowInMaking = { bytes, start: 0, text: undefined, isAscii: false, column: 0 };
  const readers = names.map(() => readText);
  return build({ names, readers, rowMode: mode })(row, bytes, 0, bytes.length);
}

/** The row that either builder makes of a line of these values; one with a star is not written as it is. */
function madeOfLine(build: typeof lineBuilder, names: readonly string[], values: string[], mode: RowMode): unknown {
  const bytes = Buffer.from(values.map((value) => `${value},`).join(''));
  const ends = new Int32Array(values.length);
  let at = 0;
  for (const [index, value] of values.entries()) {
    at += Buffer.byteLength(value);
    ends[index] = value.includes('*') ? ~at : at;
    at += 1;
  }
  const row: RowInMaking = { bytes, start: 0, text: undefined, isAscii: false, column: 0 };
  const shape = { names, readers: names.map(() => readText), rowMode: mode };
  const escaped = (index: number, start: number, end: number): string =>
    `${index} ${bytes.toString('utf8', start, end)}`;
  return build(shape, { null: Buffer.from('nil'), escaped })(row, bytes, 0, ends);
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

  it('make rows of lines by two ways that make the same of everything', () => {
    const field = fc.oneof(fc.constantFrom('nil', 'nils', 'nik', '', '*', '*nil'), fc.string({ maxLength: 20 }));
    const columns = fc.array(fc.tuple(fc.constantFrom(...awkward), field), { maxLength: 12 });
    fc.assert(
      fc.property(columns, fc.constantFrom<RowMode>('object', 'array'), (pairs, mode) => {
        const names = pairs.map(([key]) => key);
        const values = pairs.map(([, text]) => text);
        const [one, other] = [lineBuilder, loopingLines].map((build) => madeOfLine(build, names, values, mode));
        assert.deepEqual(one, other);
        const meant = values.map((value, index) =>
          value.includes('*') ? `${index} ${value}` : value === 'nil' ? null : value,
        );
        if (mode === 'array') assert.deepEqual(one, meant);
        else
          assert.deepEqual(
            new Map(Object.entries(one as object)),
            new Map(names.map((name, index) => [name, meant[index]])),
          );
      }),
      { seed, numRuns: 1_000 },
    );
  });

  for (const build of [rowBuilder, looping]) {
    it(`read no value that is longer than its row (${build.name})`, () => {
      const bytes = Buffer.from('\0\0\0\x01a\0\0\0\x02b+', 'latin1');
      const row: RowInMaking = { bytes, start: 0, text: undefined, isAscii: false, column: 0 };
      const make = build({ names: ['a', 'b'], readers: [readText, readText], rowMode: 'array' });
      assert.throws(() => make(row, bytes, 0, bytes.length - 1), { code: 'SERVER_ERROR' });
      assert.equal(row.column, 0);
      assert.deepEqual(make(row, bytes, 0, bytes.length), ['a', 'b+']);
      assert.equal(row.column, 1);
    });
  }

  it('make rows in a process that forbids code from strings', () => {
    const said = execFileSync(process.execPath, ['--disallow-code-generation-from-strings', PROGRAM]);
    assert.deepEqual(JSON.parse(String(said)), { forbidden: true, row: { a: 'x' }, line: { a: 'x' } });
  });
});
