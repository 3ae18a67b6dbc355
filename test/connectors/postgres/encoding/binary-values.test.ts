import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { encodeCopy } from '../../../../src/connectors/postgres/index.ts';
import { rejection } from '../../../support/faults.ts';

/** By type, what its binary form cannot be made of. */
const MISFITS: Readonly<Record<string, readonly unknown[]>> = {
  bool: ['maybe', 2, {}],
  int2: [32_768, '-32769', 1.5, 'canary', NaN, true],
  int4: [2 ** 31, '2147483648'],
  int8: [2n ** 63n, '9223372036854775808', 1e300],
  oid: [-1, 2 ** 32],
  float4: [1e39, '1e-60', 'canary'],
  float8: ['1e400', '0x10', ''],
  numeric: ['1e999999', '.', '1.2.3', 'canary', {}],
  date: ['2026-02-30', '20.11.2026', 'tomorrow', new Date(NaN)],
  timestamp: ['2026-11-20 25:00:00', '2026-11-20 12:60:00', 'now'],
  timestamptz: ['2026-11-20 12:34:56', '2026-11-20 12:34:56 Europe/Berlin'],
  time: ['24:00:01', 'noon'],
  timetz: ['12:00:00'],
  interval: ['P1D', 'canary', '', { weeks: 1 }, { days: 0.5 }],
  uuid: ['canary', '00000000-0000-0000-0000-00000000000'],
  inet: ['10.0.0.0/33', '10.0.0', 'canary', ':::'],
  macaddr: ['08:00:2b:01:02', '08:00:2b:01:02:03:04:05'],
  varbit: ['012'],
  point: ['(1)', { x: 'canary', y: 1 }],
  polygon: ['((0,0),(1,1)'],
  int4range: ['[1,2', '[1;2)', 'canary'],
  'int4[]': ['{1,2', '{1,canary}', '{{1},2}', [[1], [2, 3]], [[1], 2], 7],
  'text[][]': [[[[[[[['canary']]]]]]]],
  jsonb: [{ toJSON: () => undefined }, { big: 1n }],
  bytea: ['\\xf', '\\canary', 7],
  '"char"': ['ab', 'é'],
  pg_lsn: ['0-0'],
  tid: ['(1)'],
  pg_snapshot: ['1:2'],
};
const COUNT = 76;

describe('a value for the binary format', () => {
  it('is tried in so many wrong ways', () => assert.equal(Object.values(MISFITS).flat().length, COUNT));

  for (const [type, values] of Object.entries(MISFITS)) {
    it(`that is none of ${type} is refused with its row and column, and not told`, async () => {
      for (const value of values) {
        const encoder = encodeCopy({ columns: [{ name: 'v', type }], format: 'binary' });
        const failed = rejection(new Promise((_resolve, reject) => encoder.once('error', reject)));
        encoder.write({ v: null });
        encoder.write({ v: value });
        encoder.once('end', () => encoder.destroy(new Error(`${inspect(value)} was taken`)));
        encoder.resume().end();
        const { code, row, column, message } = await failed;
        assert.deepEqual(
          { code, row, column },
          { code: 'BAD_ROW', row: 2, column: 'v' },
          `${inspect(value)}: ${message}`,
        );
        assert.doesNotMatch(message, /canary/);
      }
    });
  }
});
