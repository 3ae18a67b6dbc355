import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import pg from 'pg';
import type { EncodeCopyOptions } from '../../../../src/connectors/postgres/index.ts';
import { encodeCopy, pgCopyFrom, pgCopyRows } from '../../../../src/connectors/postgres/index.ts';
import { collect } from '../../../support/bytes.ts';
import { describePostgres } from '../../../support/postgres.ts';
import { between, randomNumbers, seed } from '../../../support/seed.ts';

/** It has no declarations. */
const { rowWriter } = createRequire(import.meta.url)('pg-copy-streams-binary') as { rowWriter(): Transform };

const FORMATS = ['text', 'csv', 'binary'] as const;
const COLUMNS = [
  ...[
    { name: 'n', type: 'int4' },
    { name: 'big', type: 'int8' },
    { name: 'real', type: 'float8' },
  ],
  ...[
    { name: 'text', type: 'text' },
    { name: 'bytes', type: 'bytea' },
    { name: 'at', type: 'timestamptz' },
  ],
  ...[
    { name: 'flag', type: 'bool' },
    { name: 'list', type: 'text[]' },
    { name: 'doc', type: 'jsonb' },
  ],
];
const ROWS = 600;
const PIECES = [
  '|',
  ']',
  '^',
  ';',
  '~',
  'b',
  '\\.',
  '\\N',
  '""',
  '"',
  "'",
  ',',
  '\t',
  '\n',
  '\r\n',
  '\\',
  'NULL',
  '{',
  '}',
  ' ',
  'a',
  '\b',
  '\v',
  '\f',
];

describePostgres(`random rows (seed ${seed})`, (context) => {
  let client: pg.Client;
  before(async () => {
    client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    await client.query(`CREATE TABLE given (${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')})`);
  });
  beforeEach(async () => {
    await client.query('TRUNCATE given');
  });
  after(() => client.end());

  const found = async () => (await client.query<object>('SELECT * FROM given ORDER BY n')).rows;

  for (const format of FORMATS) {
    it(`are stored as they were, encoded as ${format}, with every plane of Unicode`, async () => {
      const rows = rowsOf(format);
      await pipeline(
        rows,
        encodeCopy({ columns: COLUMNS, format }),
        recut(format),
        pgCopyFrom({ table: 'given', format, client }),
      );
      assert.deepStrictEqual(await found(), rows);
    });
  }

  const dialects: readonly (Pick<EncodeCopyOptions, 'header' | 'delimiter' | 'quote' | 'escape' | 'null'> & {
    readonly format: 'text' | 'csv';
  })[] = [
    { format: 'text', delimiter: '|', null: 'NULL' },
    { format: 'text', delimiter: ']', null: 'b' },
    { format: 'text', delimiter: '^', header: true },
    { format: 'csv', delimiter: '\t', null: '\\N', header: true },
    { format: 'csv', delimiter: ';', quote: "'", escape: '\\' },
    { format: 'csv', delimiter: '|', quote: '~', escape: '|', null: 'NULL' },
  ];
  for (const dialect of dialects) {
    it(`are stored as they were, encoded with ${JSON.stringify(dialect)}`, async () => {
      const rows = rowsOf(JSON.stringify(dialect));
      const load = pgCopyFrom({ table: 'given', client, ...dialect });
      await pipeline(rows, encodeCopy({ columns: COLUMNS, ...dialect }), recut(dialect.format), load);
      assert.deepStrictEqual(await found(), rows);
    });
  }

  for (const format of ['text', 'binary'] as const) {
    it(`are stored as they were by pgCopyRows as ${format}, whatever waits between them`, async () => {
      const rows = rowsOf(`copied ${format}`);
      const random = randomNumbers(`pauses ${format}`);
      const paused = async function* (): AsyncGenerator {
        for (const row of rows) {
          if (random() < 0.02) await new Promise(setImmediate);
          yield random() < 0.5 ? row : Object.values(row);
        }
      };
      await pipeline(paused(), pgCopyRows({ table: 'given', format, client }));
      assert.deepStrictEqual(await found(), rows);
    });
  }

  it('are in binary what pg-copy-streams-binary writes', async () => {
    const random = randomNumbers('second opinion');
    // The peer flags no NULL in an array, gives an empty one a dimension, and rounds moments that a double does not hold.
    const rows = rowsOf('second opinion').map((row) => ({
      ...row,
      at: new Date(between(random, 946_684_800_000, 7e12)),
      list: [textOf(random), textOf(random)],
    }));
    const other = Readable.from(
      rows.map((row) => COLUMNS.map(({ name, type }) => peerCell(type, row[name as keyof typeof row]))),
    ).pipe(rowWriter());
    const ours = Readable.from(rows).pipe(encodeCopy({ columns: COLUMNS, format: 'binary' }));
    assert.deepEqual(await collect(ours), await collect(other));
  });
});

describe('a stream of rows that are encoded', () => {
  it('shows none of those that wait in it', () => {
    const stream = encodeCopy({ columns: ['a'], format: 'text' });
    stream.cork();
    for (let n = 0; n < 10; n += 1) stream.write({ a: 'very-secret' });
    assert.equal(stream.writableLength, 10);
    assert.ok(!inspect(stream, { depth: 10, showHidden: true }).includes('very-secret'));
    assert.ok(!JSON.stringify(stream).includes('very-secret'));
    stream.destroy();
  });
});

function rowsOf(name: string): Record<string, unknown>[] {
  const random = randomNumbers(name);
  const maybe = (value: unknown): unknown => (random() < 0.1 ? null : value);
  return Array.from({ length: ROWS }, (_, n) => ({
    n,
    big: maybe(String(BigInt.asIntN(64, BigInt(between(random, 0, 2 ** 53)) * BigInt(between(random, 1, 2 ** 40))))),
    real: maybe((random() - 0.5) * 10 ** between(random, -300, 300)),
    text: maybe(textOf(random)),
    bytes: maybe(Buffer.from(Array.from({ length: between(random, 0, 40) }, () => between(random, 0, 256)))),
    at: maybe(new Date(between(random, -6e13, 2e14))),
    flag: maybe(random() < 0.5),
    list: maybe(Array.from({ length: between(random, 0, 4) }, () => maybe(textOf(random)))),
    doc: maybe({ key: textOf(random), list: [1, null, { deep: true }] }),
  }));
}

/** Of any plane, without NUL and halves of pairs, and of what the formats have a meaning for. */
function textOf(random: () => number): string {
  const length = between(random, 0, random() < 0.05 ? 400 : 12);
  return Array.from({ length }, () => {
    if (random() < 0.5) return PIECES[between(random, 0, PIECES.length)] ?? '';
    const point = between(random, 1, 0x11_0000);
    return point >= 0xd800 && point < 0xe000 ? '\u{10ffff}' : String.fromCodePoint(point);
  }).join('');
}

/** Cuts the bytes anew, at any place. */
function recut(name: string): (bytes: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  const random = randomNumbers(`cuts ${name}`);
  return async function* (bytes) {
    for await (const block of bytes) {
      for (let at = 0; at < block.length;) {
        const size = between(random, 1, 5_000);
        yield block.subarray(at, at + size);
        at += size;
      }
    }
  };
}

function peerCell(type: string, value: unknown): { readonly type: string; readonly value: unknown } {
  const name = type === 'text[]' ? '_text' : type;
  return { type: name, value: type === 'int8' && typeof value === 'string' ? BigInt(value) : value };
}
