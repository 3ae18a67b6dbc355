import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import pg from 'pg';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import type { PgCopyFromOptions } from '../../src/connectors/postgres/index.ts';
import { chunked } from '../support/bytes.ts';
import { STARTING_MS, serverKinds, sharedServer } from '../support/postgres.ts';

const RUNS = 250;

const PIECES = ['a', '.', '\\', '\\.', '"', '""', '\\"', "'", '\n', '\r\n', '\r', '\n\\.\n', '"\n\\.\n"', ' ', '\\N'];
const LINES = ['\\.', 'x', '"\\."', '"a""', '\\.a', '""', '"a\\"b"', 'é', ''];
const input = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.array(fc.constantFrom(...LINES), { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean())
    .map(([lines, lineBreak, last]) => lines.join(lineBreak) + (last ? lineBreak : '')),
);

const CSV: readonly Partial<PgCopyFromOptions>[] = [
  {},
  { escape: '\\' },
  { quote: "'", escape: '"' },
  { quote: '\\' },
  { quote: '.' },
  { escape: '.' },
  { delimiter: '\\' },
  { delimiter: '.' },
  { null: '\\.' },
  { header: true },
];

/** Loads the same input into every server; says what each then holds, or that it refused. */
class Loader {
  readonly #pools: readonly pg.Pool[];

  constructor(dsns: readonly string[]) {
    this.#pools = dsns.map((dsn) => new pg.Pool({ connectionString: dsn, max: 1 }));
    // `pool.end()` resolves before its sockets are closed; dropping the database then ends a session.
    for (const pool of this.#pools) pool.on('error', () => undefined);
  }

  async prepare(): Promise<void> {
    for (const pool of this.#pools) await pool.query('CREATE TABLE t (id serial, v text)');
  }

  async close(): Promise<void> {
    for (const pool of this.#pools) await pool.end();
  }

  load(bytes: Buffer, size: number, options: Partial<PgCopyFromOptions>): Promise<Loaded[]> {
    return Promise.all(this.#pools.map((pool) => loadInto(pool, bytes, size, options)));
  }
}

interface Loaded {
  readonly rows: readonly (string | null)[] | undefined;
  readonly skipped: number | undefined;
}

async function loadInto(pool: pg.Pool, bytes: Buffer, size: number, options: object): Promise<Loaded> {
  await pool.query('TRUNCATE t');
  const sink = pgCopyFrom({ table: 't', columns: ['v'], client: pool, ...options });
  const failure = await pipeline(chunked(bytes, size), sink).then(
    () => undefined,
    () => 'refused',
  );
  const { rows } = await pool.query<{ v: string | null }>('SELECT v FROM t ORDER BY id');
  assert.equal(rows.length, sink.result?.rows ?? 0);
  return failure === undefined
    ? { rows: rows.map(({ v }) => v), skipped: sink.result?.skipped }
    : { rows: undefined, skipped: undefined };
}

describe('COPY input of any form', () => {
  let loader: Loader;
  const databases: { drop(): Promise<void> }[] = [];
  before(async function () {
    this.timeout(STARTING_MS);
    const dsns: string[] = [];
    for (const kind of serverKinds()) {
      const database = await (await sharedServer(kind)).createDatabase();
      databases.push(database);
      dsns.push(database.dsn);
    }
    loader = new Loader(dsns);
    await loader.prepare();
  });
  after(async () => {
    await loader.close();
    for (const database of databases) await database.drop();
  });

  it('loads the same rows on every server, or is refused by one: CSV', async function () {
    this.timeout(120_000);
    await fc.assert(
      fc.asyncProperty(input, fc.integer({ min: 1, max: 9 }), fc.constantFrom(...CSV), async (text, size, options) => {
        const results = await loader.load(Buffer.from(text), size, options);
        const loaded = results.flatMap(({ rows }) => (rows === undefined ? [] : [rows]));
        for (const rows of loaded) assert.deepEqual(rows, loaded[0]);
      }),
      { numRuns: RUNS },
    );
  });

  it('skips exactly the records that a condition leaves out, whatever the records hold', async function () {
    this.timeout(120_000);
    const format = fc.constantFrom<Partial<PgCopyFromOptions>>(
      {},
      { escape: '\\' },
      { header: true },
      { format: 'text' },
    );
    await fc.assert(
      fc.asyncProperty(input, fc.integer({ min: 1, max: 9 }), format, async (text, size, options) => {
        const bytes = Buffer.from(text);
        const [all] = await loader.load(bytes, size, options);
        const [none] = await loader.load(bytes, size, { ...options, where: 'false' });
        assert.equal(none?.skipped, all?.rows?.length);
      }),
      { numRuns: RUNS },
    );
  });

  it('in text format is loaded to its last byte, but for a marker at the very end, or refused', async function () {
    this.timeout(120_000);
    const line = fc.constantFrom('x', '', '\\\\', '\\.', 'x\\.', '\\\\.', '\\N', 'a\\tb');
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 9 }),
        async (lines, lineBreak, size) => {
          const text = lines.map((each) => each + lineBreak).join('');
          for (const { rows } of await loader.load(Buffer.from(text), size, { format: 'text' })) {
            const marked = lines.at(-1) === '\\.' ? 1 : 0;
            assert.ok(rows === undefined || rows.length === lines.length - marked, JSON.stringify({ text, rows }));
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
