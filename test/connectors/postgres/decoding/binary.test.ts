import assert from 'node:assert/strict';
import fc from 'fast-check';
import { copyDecoder } from '../../../../src/connectors/postgres/decoding/copy-decoder.ts';
import { decoderOptions } from '../../../../src/connectors/postgres/decoding/options.ts';
import { seed } from '../../../support/seed.ts';
import { HEADER, TRAILER, int16, int32, tuple } from './binary-rows.ts';
import { decode } from './decoding.ts';

const columns = [{ name: 'n', type: 'int4' }, 'text'];
const binary = (input: readonly Buffer[], sizes?: readonly number[]) =>
  decode({ columns, format: 'binary', rowMode: 'array' }, Buffer.concat(input), sizes);

describe(`rows of COPY in binary format (seed ${seed})`, () => {
  it('are the tuples between header and trailer', () => {
    const input = [HEADER, tuple(int32(7), 'a'), tuple(null, null), tuple(int32(-1), ''), TRAILER];
    for (const sizes of [[], [1], [2, 3], [7]]) {
      assert.deepEqual(binary(input, sizes), {
        rows: [
          [7, 'a'],
          [null, null],
          [-1, ''],
        ],
      });
    }
  });

  it('come behind an extension of the header, of any length, and flags that do not matter', () => {
    const header = Buffer.from(HEADER);
    header.writeUInt32BE(0xffff, 11);
    header.writeUInt32BE(5_000, 15);
    for (const sizes of [[], [1], [4_000]]) {
      const { rows } = binary([header, Buffer.alloc(5_000, 1), tuple(int32(7), 'a'), TRAILER], sizes);
      assert.deepEqual(rows, [[7, 'a']]);
    }
  });

  /** As by a transfer that takes bytes for text. */
  const mangled = Buffer.from(HEADER);
  mangled[7] = 0x3f;
  const withFlags = Buffer.from(HEADER);
  withFlags.writeUInt32BE(1 << 16, 11);
  const long = Buffer.concat([int16(2), int32(1_000_000)]);
  const bad: [what: string, input: readonly Buffer[], line: number][] = [
    ['no bytes at all', [], 1],
    ['another signature', [mangled, tuple(int32(1), 'secret'), TRAILER], 1],
    ['object identifiers before each row', [withFlags, TRAILER], 1],
    ['a header alone', [HEADER], 1],
    ['a missing trailer', [HEADER, tuple(int32(1), 'secret')], 2],
    ['half a trailer', [HEADER, tuple(int32(1), 'secret'), TRAILER.subarray(1)], 2],
    ['a row that ends early', [HEADER, tuple(int32(1), 'secret').subarray(0, -1)], 1],
    ['something behind the trailer', [HEADER, tuple(int32(1), 'a'), TRAILER, Buffer.from('secret')], 2],
    ['too few fields', [HEADER, int16(1), int32(6), Buffer.from('secret'), TRAILER], 1],
    ['an impossible number of fields', [HEADER, int16(-2), TRAILER], 1],
    ['an impossible length', [HEADER, int16(2), int32(-2), TRAILER], 1],
    ['a length beyond the bound', [HEADER, tuple(int32(1), 'a'), long, Buffer.from('secret')], 2],
    ['a number of another length', [HEADER, tuple(Buffer.from('secret'), 'a'), TRAILER], 1],
    ['a text that is no UTF-8', [HEADER, tuple(int32(1), Buffer.from('secret\xff', 'latin1')), TRAILER], 1],
    ['a text with NUL', [HEADER, tuple(int32(1), 'secret\0'), TRAILER], 1],
  ];
  for (const [what, input, line] of bad) {
    it(`are refused for ${what}, without a word of them`, () => {
      const options = { columns, format: 'binary', maxRecordBytes: 1_000 } as const;
      const said = [[], [1], [5]].map((sizes) => decode(options, Buffer.concat(input), sizes));
      for (const { error } of said) {
        assert.deepEqual([error?.code, error?.line], ['BAD_ROW', line]);
        assert.doesNotMatch(error?.message ?? '', /secret/);
      }
      assert.deepEqual(said[1], said[0]);
      assert.deepEqual(said[2], said[0]);
    });
  }

  it('are refused for a length beyond the bound before so many bytes have come', () => {
    const decoder = copyDecoder(decoderOptions({ columns, format: 'binary', maxRecordBytes: 1_000 }));
    decoder.take(Buffer.concat([HEADER, long]));
    assert.throws(() => decoder.next(false), { code: 'BAD_ROW', line: 1, message: /more than 1000 bytes/ });
  });

  it('are the same whatever pieces they come in', () => {
    const cell = fc.tuple(
      fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      fc.option(fc.oneof(fc.string({ maxLength: 9 }), fc.constant('ü'.repeat(3_000)))),
    );
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9_000 })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 20 }), sizes, (drawn, pieces) => {
        const rows = drawn.map(([n, text]) => [n, text?.replaceAll('\0', '') ?? null] as const);
        const input = rows.map(([n, text]) => tuple(n === null ? null : int32(n), text));
        assert.deepEqual(binary([HEADER, ...input, TRAILER], pieces), { rows });
      }),
      { seed },
    );
  });

  it('of any type end in rows or in an error of ours, whatever the bytes of a value are', () => {
    const type = fc.constantFrom(
      'numeric',
      'int4[]',
      'tsquery',
      'tsvector',
      'inet',
      'path',
      'varbit',
      'int8multirange',
      'pg_snapshot',
      'timetz',
      'jsonb',
    );
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 60 }), (drawn, bytes) => {
        const input = Buffer.concat([HEADER, int16(1), int32(bytes.length), bytes, TRAILER]);
        const { rows, error } = decode({ columns: [{ name: 'a', type: drawn }], format: 'binary' }, input);
        assert.equal(rows.length, error === undefined ? 1 : 0);
        assert.ok(error === undefined || error.code === 'BAD_ROW');
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
