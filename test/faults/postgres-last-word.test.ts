import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows } from '../../src/connectors/postgres/index.ts';
import type { CopyFromResult, PostgresStreamOptions } from '../../src/connectors/postgres/index.ts';
import type { Sink } from '../../src/core/sink.ts';
import { assertSilent, rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

const KEY = 424_242;
const CANARY = 'c4n4ry';

type Options = PostgresStreamOptions & { readonly table: string; readonly expectedRows?: number };

interface Loader {
  readonly name: string;
  make(options: Options): Sink<CopyFromResult>;
  /** Rows `[a, b]` as it takes them. */
  fed(rows: readonly (readonly [number, string])[]): Readable;
}

const LOADERS: readonly Loader[] = [
  {
    name: 'pgCopyFrom',
    make: pgCopyFrom,
    fed: (rows) =>
      Readable.from(
        rows.map((row) => Buffer.from(`${row.join(',')}\n`)),
        { objectMode: false },
      ),
  },
  { name: 'pgCopyRows', make: pgCopyRows, fed: (rows) => Readable.from(rows) },
  {
    name: 'pgCopyRows in binary',
    make: (options) => pgCopyRows({ ...options, format: 'binary' }),
    fed: (rows) => Readable.from(rows),
  },
];

/** What the server, or we, have to say only when every row has been sent. */
const LAST_WORDS = [
  {
    name: 'a deferred unique key',
    table: 'loaded',
    options: {},
    rows: [[KEY, CANARY] as const, [KEY, 'other'] as const],
    code: 'CONSTRAINT_VIOLATION',
    ...{ sqlState: '23505', constraint: 'later', stage: 'commit' },
  },
  {
    name: 'a deferred foreign key',
    table: 'child',
    options: {},
    rows: [[KEY, CANARY] as const],
    code: 'CONSTRAINT_VIOLATION',
    ...{ sqlState: '23503', constraint: 'known_later', stage: 'commit' },
  },
  {
    name: 'another number of rows than expected',
    table: 'loaded',
    options: { expectedRows: 3 },
    rows: [[KEY, CANARY] as const],
    code: 'ROW_COUNT_MISMATCH',
    ...{ sqlState: undefined, constraint: undefined, stage: 'transfer' },
  },
];

describePostgres('a load that is refused when all of it has been sent', (context) => {
  let pool: pg.Pool;
  before(() => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  beforeEach(() =>
    context().sql(
      `CREATE TABLE parents (a int PRIMARY KEY); INSERT INTO parents VALUES (1), (2);
       CREATE TABLE loaded (a int, b text, CONSTRAINT later UNIQUE (a) DEFERRABLE INITIALLY DEFERRED);
       CREATE TABLE child (a int CONSTRAINT known_later REFERENCES parents DEFERRABLE INITIALLY DEFERRED, b text)`,
    ),
  );
  afterEach(() => context().sql('DROP TABLE loaded; DROP TABLE child; DROP TABLE parents'));
  after(() => pool.end());

  const held = async (table: string) => (await context().sql(`SELECT a, b FROM ${table} ORDER BY a`)) as unknown[];
  const sources = {
    'a pool': () => ({ client: pool }),
    'a profile': () => ({ config: { dsn: context().dsn, pool: { maxSize: 1 } } }),
  };

  for (const { name: loader, make, fed } of LOADERS) {
    for (const { name, table, options, rows, ...expected } of LAST_WORDS) {
      for (const [from, source] of Object.entries(sources)) {
        it(`for ${name} fails before 'finish': ${loader} on ${from}`, async () => {
          const sink = make({ table, ...options, ...source() });
          let finished = false;
          sink.on('finish', () => (finished = true));
          const error = await rejection(pipeline(fed([[1, 'good'], ...rows]), sink));
          const { code, sqlState, constraint, stage } = error;
          assert.deepEqual({ code, sqlState, constraint, stage }, expected);
          const settled = await sink.settled;
          assert.deepEqual([settled.outcome, settled.cleanup, finished], ['not-done', 'confirmed', false]);
          assert.equal(sink.result, undefined);
          assertSilent(settled, CANARY, String(KEY));
          assert.deepEqual(await held(table), []);
          // The same connection takes what is right.
          await pipeline(fed([[2, 'right']]), make({ table, ...source() }));
          assert.deepEqual(await held(table), [{ a: 2, b: 'right' }]);
          assert.deepEqual([pool.totalCount - pool.idleCount, pool.waitingCount], [0, 0]);
        });
      }
    }

    it(`for a deferred key is only accepted in a caller's transaction, whose COMMIT tells: ${loader}`, async () => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const sink = make({ table: 'loaded', client });
        await pipeline(
          fed([
            [KEY, CANARY],
            [KEY, 'other'],
          ]),
          sink,
        );
        assert.deepEqual([sink.result?.rows, sink.result?.durable], [2, false]);
        const error = await rejection(client.query('COMMIT'));
        assert.deepEqual([error['code'], error['constraint']], ['23505', 'later']);
        assert.deepEqual(await held('loaded'), []);
      } finally {
        client.release();
      }
    });

    it(`for another number of rows undoes itself alone in a caller's transaction, which goes on: ${loader}`, async () => {
      const client = await pool.connect();
      try {
        await client.query("BEGIN; INSERT INTO loaded VALUES (1, 'before')");
        const refused = make({ table: 'loaded', client, expectedRows: 2 });
        const error = await rejection(pipeline(fed([[KEY, CANARY]]), refused));
        assert.equal(error['code'], 'ROW_COUNT_MISMATCH');
        const { outcome, cleanup } = await refused.settled;
        assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
        const accepted = make({ table: 'loaded', client, expectedRows: 1 });
        await pipeline(fed([[2, 'after']]), accepted);
        assert.equal(accepted.result?.durable, false);
        assert.equal((await client.query('COMMIT')).command, 'COMMIT');
      } finally {
        client.release();
      }
      assert.deepEqual(await held('loaded'), [
        { a: 1, b: 'before' },
        { a: 2, b: 'after' },
      ]);
    });
  }
});
