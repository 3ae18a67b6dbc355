import assert from 'node:assert/strict';
import fc from 'fast-check';
import pg from 'pg';
import type { RawRow, TextParser } from '../../../../src/connectors/postgres/rows/raw-row.ts';
import { valueReader } from '../../../../src/connectors/postgres/rows/text-values.ts';
import { seed } from '../../../support/seed.ts';

const OID = { bool: 16, int8: 20, int4: 23, text: 25, float8: 701, timestamptz: 1184, numeric: 1700, uuid: 2950 };
const { getTypeParser } = pg.types as unknown as { getTypeParser(oid: number, format: 'text'): TextParser };
const parserOf = (oid: number): TextParser => getTypeParser(oid, 'text');

/** The value in the middle of a row, as it would lie there. */
function read(parse: TextParser, oid: number, value: string, isLong = false): unknown {
  const bytes = Buffer.concat([Buffer.from([0xff, 0, 0x2e, 0x35]), Buffer.from(value), Buffer.from('9.+1')]);
  const row: RawRow = { bytes, start: 2, isAscii: false, text: isLong ? undefined : bytes.toString('latin1', 2) };
  return valueReader(parse, oid)(row, 4, bytes.length - 4);
}

function assertSame(oid: number, value: string): void {
  const parse = parserOf(oid);
  const expected = parse(value);
  for (const isLong of [false, true]) {
    const found = read(parse, oid, value, isLong);
    assert.deepEqual(found, expected, value);
    assert.ok(Object.is(found, expected) || typeof found === 'object', value);
  }
}

describe(`values of the text format (seed ${seed})`, () => {
  const holds = (values: fc.Arbitrary<string>, oid: number): void => {
    fc.assert(
      fc.property(values, (value) => assertSame(oid, value)),
      { seed, numRuns: 2_000 },
    );
  };

  it('are the integers that node-postgres gives', () => {
    for (const value of ['0', '-1', '2147483647', '-2147483648', '4294967295']) assertSame(OID.int4, value);
    holds(fc.integer().map(String), OID.int4);
  });

  it('are its texts for what may exceed a double, and for types without a parser', () => {
    for (const value of ['9223372036854775807', '-9223372036854775808']) assertSame(OID.int8, value);
    holds(fc.string({ unit: 'grapheme', maxLength: 40 }), OID.text);
    holds(
      fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.toWellFormed()),
      OID.text,
    );
  });

  it('are its numbers, to the last bit', () => {
    const extremes = ['0', '-0', 'NaN', 'Infinity', '-Infinity', '5e-324', '1.7976931348623157e+308', '1e+15', '0.1'];
    for (const value of extremes) assertSame(OID.float8, value);
    holds(fc.double().map(String), OID.float8);
    holds(
      fc.integer({ min: -(10 ** 15), max: 10 ** 15 }).map((n) => (n / 1_000).toString()),
      OID.float8,
    );
    holds(fc.stringMatching(/^-?[0-9]{1,12}\.[0-9]{1,12}$/), OID.float8);
  });

  it('are its booleans', () => {
    for (const value of ['t', 'f']) assertSame(OID.bool, value);
  });

  it('are its dates, whatever the year, the fraction, the offset and the style', () => {
    const others = ['infinity', '-infinity', '0044-03-15 BC', '0044-03-15 12:00:00 BC', '0001-01-01 00:00:00'];
    const far = ['10000-01-01', '294276-12-31 23:59:59.999999+00', '0099-12-31 23:59:59', '4714-11-24 00:00:00+00 BC'];
    const styles = ['Fri Nov 20 12:34:56 2026', '20/11/2026 12:34:56', '20.11.2026', '2026/11/20 12:34:56'];
    const odd = ['2026-11-20T12:34:56Z', '2026-11-20 12:34:56+05.30', '2026-1a-20', '2026-11-20 12:34:56.'];
    const long = [16, 17, 30, 400].map((digits) => `2026-11-20 12:34:56.${'7'.repeat(digits)}`);
    for (const value of [...others, ...far, ...styles, ...odd, ...long]) assertSame(OID.timestamptz, value);
    const two = (least: number, most: number): fc.Arbitrary<string> =>
      fc.integer({ min: least, max: most }).map((n) => String(n).padStart(2, '0'));
    const year = fc.oneof(fc.integer({ min: 1_000, max: 9_999 }), fc.integer({ min: 1_900, max: 2_100 })).map(String);
    const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,6}$/));
    const offset = fc.oneof(fc.constant(''), fc.stringMatching(/^[+-]0[0-9](:[0-5][0-9](:[0-5][0-9])?)?$/));
    const day = fc.tuple(year, two(1, 12), two(1, 31)).map((parts) => parts.join('-'));
    const time = fc.tuple(two(0, 24), two(0, 59), two(0, 59)).map((parts) => parts.join(':'));
    holds(day, OID.timestamptz);
    holds(
      fc.tuple(day, time, fraction, offset).map(([date, clock, rest, zone]) => `${date} ${clock}${rest}${zone}`),
      OID.timestamptz,
    );
  });

  it('are the texts of a type that knows nothing but ASCII', () => {
    for (const value of ['0.10', '-123456789012345678901234567890.5', 'NaN']) assertSame(OID.numeric, value);
    assertSame(OID.uuid, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');
  });

  it("are read from the bytes wherever the parser is node-postgres' own", () => {
    const values: [oid: number, value: string][] = [
      [OID.bool, 't'],
      [OID.int4, '-12'],
      [OID.float8, '1.5'],
      [OID.timestamptz, '2026-11-20 12:34:56.789+00'],
    ];
    for (const [oid, value] of values) {
      const row: RawRow = {
        ...{ bytes: Buffer.from(value), start: 0, isAscii: false },
        get text(): string {
          throw new Error(`a text was made of ${oid}`);
        },
      };
      assert.deepEqual(valueReader(parserOf(oid), oid)(row, 0, value.length), parserOf(oid)(value));
    }
  });

  it('come from a parser that is none of its own as that gives them', () => {
    assert.deepEqual(
      read((text) => [text], OID.numeric, 'déjà'),
      ['déjà'],
    );
  });
});
