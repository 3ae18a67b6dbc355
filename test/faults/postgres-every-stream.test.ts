import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { PostgresStreamOptions } from '../../src/connectors/postgres/index.ts';
import type { Settled } from '../../src/core/settlement.ts';
import { csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** The table is named so that each of them needs its lock. */
const ENDLESS =
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r LEFT JOIN t ON false';

interface Running {
  readonly stream: { readonly settled: Promise<Settled<unknown>>; readonly progress: { readonly bytes: number } };
  /** Never resolves: a sink gets some rows and no end, a source has no last row. */
  readonly done: Promise<unknown>;
}

interface Kind {
  readonly name: string;
  /** The direction in which its rows go. */
  readonly direction: 'up' | 'down';
  run(options: PostgresStreamOptions): Running;
}

/** Rows in objects that stop coming, and do not end. */
function stallingRows(count: number): Readable {
  let n = 0;
  return new Readable({
    objectMode: true,
    read() {
      if (n < count) this.push([n, `row ${(n += 1)}`]);
    },
  });
}

async function discard(rows: AsyncIterable<unknown>): Promise<void> {
  for await (const row of rows) assert.ok(row);
}

const KINDS: readonly Kind[] = [
  {
    name: 'pgCopyFrom',
    direction: 'up',
    run: (options) => {
      const stream = pgCopyFrom({ table: 't', ...options });
      return { stream, done: pipeline(stalling(csvRows(20_000)), stream) };
    },
  },
  {
    name: 'pgCopyRows',
    direction: 'up',
    run: (options) => {
      const stream = pgCopyRows({ table: 't', ...options });
      return { stream, done: pipeline(stallingRows(20_000), stream) };
    },
  },
  {
    name: 'pgCopyTo',
    direction: 'down',
    run: (options) => {
      const stream = pgCopyTo({ query: ENDLESS, ...options });
      return { stream, done: pipeline(stream, discard) };
    },
  },
  {
    name: 'pgQueryRows',
    direction: 'down',
    run: (options) => {
      const stream = pgQueryRows(ENDLESS, [], options);
      return { stream, done: pipeline(stream, discard) };
    },
  },
];

describePostgres('every stream', (context) => {
  let pool: pg.Pool;
  before(() => context().sql('CREATE TABLE t (a int, b text)'));
  beforeEach(() => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  afterEach(() => pool.end());

  const assertRecovered = async (): Promise<void> => {
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
    assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0]);
    assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
  };
  const assertUndone = async ({ stream }: Running): Promise<void> => {
    const { outcome, cleanup } = await stream.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
  };

  for (const { name, direction, run } of KINDS) {
    it(`whose backend is ended on the way is a lost connection, and the pool recovers: ${name}`, async () => {
      const pid = (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
      const running = run({ client: pool });
      const failed = rejection(running.done);
      await eventually(() => assert.ok(running.stream.progress.bytes > 0));
      const ended = await context().sql('SELECT pg_terminate_backend($1, 5000) AS ended', [pid]);
      assert.deepEqual(ended, [{ ended: true }]);
      const error = await failed;
      assert.deepEqual([error['code'], error['stage'], error['retryable']], ['CONNECTION_LOST', 'transfer', true]);
      await assertUndone(running);
      await assertRecovered();
    });

    it(`whose connection is reset on the way is a lost connection: ${name}`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { [direction]: [{ when: { afterBytes: 60_000 }, do: 'reset' }] } : undefined,
        );
        const running = run({ config: { dsn } });
        const error = await rejection(running.done);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.deepEqual([error['code'], error['stage']], ['CONNECTION_LOST', 'transfer']);
        await assertUndone(running);
      });
      await assertRecovered();
    });

    it(`that waits for a pool in vain ends in time, and the late client goes back: ${name}`, async () => {
      const held = await pool.connect();
      const waited = run({ client: pool, poolTimeout: 200 });
      const late = await rejection(waited.done);
      assert.deepEqual([late['code'], late['stage']], ['POOL_TIMEOUT', 'pool']);
      await assertUndone(waited);

      const abort = new AbortController();
      const running = run({ client: pool, signal: abort.signal });
      const failed = rejection(running.done);
      // The one before waits on: nothing takes it out of node-postgres' queue.
      await eventually(() => assert.equal(pool.waitingCount, 2));
      const reason = new Error('enough');
      abort.abort(reason);
      const error = await failed;
      assert.deepEqual([error['code'], error['stage'], error.cause], ['ABORTED', 'pool', reason]);
      await assertUndone(running);
      assertNoListeners(abort.signal);
      held.release();
      await assertRecovered();
    });

    it(`that waits for a lock ends after lockTimeout, and keeps its connection: ${name}`, async () => {
      const holder = new pg.Client({ connectionString: context().dsn });
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
      const backend = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows;
      const before = await backend();
      const running = run({ client: pool, lockTimeout: 200 });
      const error = await rejection(running.done);
      assert.deepEqual([error['code'], error['sqlState'], error['retryable']], ['LOCK_TIMEOUT', '55P03', true]);
      await assertUndone(running);
      await holder.end();
      assert.deepEqual(await backend(), before);
      await assertRecovered();
    });

    it(`whose signal has already fired opens nothing: ${name}`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        const signal = AbortSignal.abort(new Error('before'));
        const running = run({ config: { dsn }, signal });
        const error = await rejection(running.done);
        assert.deepEqual([error['code'], error.cause], ['ABORTED', signal.reason]);
        await assertUndone(running);
        assert.deepEqual([proxy.connections, running.stream.progress.bytes], [0, 0]);
      });
      await assertRecovered();
    });
  }

  it('that waits for a row which another transaction holds ends after lockTimeout: pgQueryRows FOR UPDATE', async () => {
    await context().sql('CREATE TABLE locked AS SELECT 1 AS a');
    const holder = new pg.Client({ connectionString: context().dsn });
    await holder.connect();
    await holder.query('BEGIN; SELECT a FROM locked FOR UPDATE');
    const read = () => pgQueryRows('SELECT a FROM locked FOR UPDATE', [], { client: pool, lockTimeout: 200 });
    const waiting = read();
    const error = await rejection(waiting.toArray());
    assert.deepEqual([error['code'], error['sqlState'], error['stage']], ['LOCK_TIMEOUT', '55P03', 'transfer']);
    assert.equal((await waiting.settled).cleanup, 'confirmed');
    await holder.end();
    assert.deepEqual(await read().toArray(), [{ a: 1 }]);
    await assertRecovered();
  });

  for (const [shared, code] of [
    ['one client', 'CLIENT_BUSY'],
    ['a pool of one', 'POOL_TIMEOUT'],
  ] as const) {
    it(`that reads and one that loads on ${shared} are refused with ${code}: pgQueryRows into pgCopyRows`, async () => {
      const held = shared === 'one client' ? await pool.connect() : undefined;
      const client = held ?? pool;
      const source = pgQueryRows('SELECT n AS a, repeat($1, 100) AS b FROM generate_series(1, 100000) AS n', ['x'], {
        client,
      });
      const sink = pgCopyRows({ table: 't', client, poolTimeout: 300 });
      const error = await rejection(pipeline(source, sink));
      assert.equal(error['code'], code);
      for (const { settled } of [source, sink]) {
        const { outcome, cleanup } = await settled;
        assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
      }
      held?.release();
      await assertRecovered();
    });
  }
});
