import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BUILT_IN_TYPES } from '../../../src/connectors/postgres/built-in-types.ts';
import { decodeCopy, encodeCopy } from '../../../src/connectors/postgres/index.ts';
import type { CopyFormat } from '../../../src/connectors/postgres/copy/copy-command.ts';
import type { DecodeCopyOptions } from '../../../src/connectors/postgres/index.ts';
import { HEADER, TRAILER, int16, tuple } from '../../connectors/postgres/decoding/binary-rows.ts';
import { chunked } from '../../support/bytes.ts';
import { discard } from '../memory/neighbours.ts';
import { VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import type { Ear } from './hearing.ts';

type Input = readonly [name: string, input: string | Buffer, options?: Partial<DecodeCopyOptions>];

const bytes = (...pieces: readonly (Buffer | string)[]): Buffer =>
  Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const refusing = {
  types: {
    getTypeParser: () => (text: string) => {
      throw Object.assign(new Error(`no ${text}`), { text });
    },
  },
};

/** Input of two columns that cannot be decoded, with `VALUE` in it. */
const INPUTS: Readonly<Record<CopyFormat, readonly Input[]>> = {
  text: [
    ['too few fields', `${VALUE}\n`],
    ['too many fields', `a\tb\t${VALUE}\n`],
    ['another line break', `a\tb\n${VALUE}\tb\r\n`],
    ['bytes that are no text', latin1(`a\t${VALUE}\xff\n`)],
    ['a NUL', `a\t${VALUE}\0\n`],
    ['an escape that makes no text', `a\t${VALUE}\\xff\n`],
    ['text behind its end', `a\tb\n\\.\n${VALUE}\tb\n`],
    ['an end that is none', `a\t${VALUE}\\.\n`],
    ['a header that does not match', `a\t${VALUE}\n`, { header: 'match' }],
    ['a row that is too long', `a\t${VALUE.repeat(10)}\n`, { maxRecordBytes: 100 }],
    ['a parser that says what it refused', `${VALUE}\tb\n`, refusing],
  ],
  csv: [
    ['too few fields', `${VALUE}\n`],
    ['too many fields', `a,b,${VALUE}\n`],
    ['another line break', `a,b\n${VALUE},b\r\n`],
    ['bytes that are no text', latin1(`a,"${VALUE}\xff"\n`)],
    ['a NUL', `a,${VALUE}\0\n`],
    ['a quote that is never closed', `a,"${VALUE}\n`],
    ['a header that does not match', `a,${VALUE}\n`, { header: 'match' }],
    ['a row that is too long', `a,"${VALUE.repeat(10)}"\n`, { maxRecordBytes: 100 }],
    ['a parser that says what it refused', `${VALUE},b\n`, refusing],
  ],
  binary: [
    ['another signature', VALUE],
    ['a row that ends early', bytes(HEADER, tuple('a', VALUE).subarray(0, -1))],
    ['a missing trailer', bytes(HEADER, tuple('a', VALUE))],
    ['something behind the trailer', bytes(HEADER, TRAILER, VALUE)],
    ['too few fields', bytes(HEADER, tuple(VALUE), TRAILER)],
    ['lengths that are data', bytes(HEADER, int16(2), VALUE)],
    ['bytes that are no text', bytes(HEADER, tuple('a', latin1(`${VALUE}\xff`)), TRAILER)],
    ['a NUL', bytes(HEADER, tuple('a', `${VALUE}\0`), TRAILER)],
    ['a row that is too long', bytes(HEADER, tuple('a', VALUE.repeat(10)), TRAILER), { maxRecordBytes: 100 }],
    ['a parser that says what it refused', bytes(HEADER, tuple(VALUE, 'b'), TRAILER), refusing],
  ],
};

/** Rows of a number and a text that cannot be encoded, with `VALUE` in them. */
const ROWS: readonly (readonly [name: string, rows: readonly unknown[]])[] = [
  ['a NUL', [{ n: 1, b: `${VALUE}\0` }]],
  ['half of a surrogate pair', [{ n: 1, b: `${VALUE}\ud800` }]],
  ['no row', [VALUE]],
  ['values without a name', [[1, 'x'], [VALUE]]],
  ['a value under a name that is no column', [{ n: 1, b: 'x', c: VALUE }]],
  ['a value whose own code fails', [{ n: 1, b: { toJSON: () => assert.fail(VALUE) } }]],
  ['a getter that fails', [Object.defineProperty({}, 'n', { enumerable: true, get: () => assert.fail(VALUE) })]],
  ['keys that fail', [new Proxy({ n: 1 }, { ownKeys: () => assert.fail(VALUE) })]],
];

const FORMATS = ['text', 'csv', 'binary'] as const;
const TYPES = BUILT_IN_TYPES.flatMap(({ name, arrayOid }) => (arrayOid === 0 ? [name] : [name, `${name}[]`]));

/** Runs `source` through what `make` makes, which fails or does not; says the code of the failure. */
async function play(source: Readable, make: () => Transform, ear: Ear): Promise<unknown> {
  try {
    await pipeline(source, ear.watch(make()), discard({ objectMode: true }));
  } catch (error) {
    ear.hear(error);
    return (error as Record<string, unknown>)['code'];
  }
  return undefined;
}

async function assertTellsNothing(code: string, source: () => Readable, make: () => Transform): Promise<void> {
  const heard = await hearing(async (ear) => {
    assert.equal(await play(source(), make, ear), code);
  });
  assert.ok(heard.errors >= 2, `${heard.errors} errors`);
  assertNoCanary(heard.text);
}

/** How many types refuse the value, when their columns are made or later; what is told of all is one text. */
async function refusals(source: () => Readable, make: (type: string) => Transform): Promise<number> {
  const refused: unknown[] = [];
  const heard = await hearing(async (ear) => {
    for (const type of TYPES) refused.push(await play(source(), () => make(type), ear));
  });
  assertNoCanary(heard.text);
  const codes = refused.filter((code) => code !== undefined);
  assert.ok(codes.every((code) => code === 'BAD_ROW' || code === 'CONFIG_INVALID'));
  return codes.length;
}

describe('no value of a row is in anything that is told of bytes of COPY', () => {
  it('that cannot be decoded, in thirty ways', () => assert.equal(Object.values(INPUTS).flat().length, 30));
  for (const format of FORMATS) {
    for (const [name, input, options = {}] of INPUTS[format]) {
      it(`that cannot be decoded from ${format}: ${name}`, async () => {
        const code = name === 'text behind its end' ? 'END_OF_DATA_MARKER' : 'BAD_ROW';
        for (const size of [1, 64 * 1024]) {
          const decode = () => decodeCopy({ columns: ['a', 'b'], format, ...options });
          await assertTellsNothing(code, () => chunked(Buffer.from(input), size), decode);
        }
      });
    }
  }

  it('whose values are of no type that they are given out for', async () => {
    const decode = (format: CopyFormat) => (type: string) => decodeCopy({ columns: [{ name: 'a', type }], format });
    const counts = [
      await refusals(() => chunked(Buffer.from(`${VALUE}\n`)), decode('text')),
      await refusals(() => chunked(Buffer.from(`${VALUE}\n`)), decode('csv')),
      await refusals(() => chunked(bytes(HEADER, tuple(VALUE), TRAILER)), decode('binary')),
    ];
    assert.deepEqual([TYPES.length, ...counts], [158, 2, 2, 150]);
  });
});

describe('no value of a row is in anything that is told of rows', () => {
  const columns = [
    { name: 'n', type: 'int4' },
    { name: 'b', type: 'jsonb' },
  ];
  for (const format of FORMATS) {
    for (const [name, rows] of ROWS) {
      it(`that cannot be encoded as ${format}: ${name}`, () =>
        assertTellsNothing(
          'BAD_ROW',
          () => Readable.from(rows),
          () => encodeCopy({ columns, format }),
        ));
    }
  }

  it('whose values are of no type that they are given out for', async () => {
    const encode = (format: CopyFormat) => (type: string) => encodeCopy({ columns: [{ name: 'a', type }], format });
    const counts = new Map<string, number[]>();
    for (const format of FORMATS) {
      const refused: number[] = [];
      for (const value of [VALUE, [VALUE], { value: VALUE }]) {
        refused.push(await refusals(() => Readable.from([[value]]), encode(format)));
      }
      counts.set(format, refused);
    }
    // Texts are the server's to read; what an object is, depends on its type.
    assert.deepEqual(Object.fromEntries(counts), { text: [0, 0, 1], csv: [0, 0, 1], binary: [147, 137, 148] });
  });
});
