import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { endBackend } from '../../src/connectors/postgres/cancel.ts';
import { Lease } from '../../src/connectors/postgres/lease.ts';
import type { PgClient } from '../../src/connectors/postgres/native.ts';
import { chunked, collect, csvRows } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** The tag of CommandComplete after 100 rows. */
const COPIED = 'COPY 100\0';

describePostgres('a lease', (context) => {
  let pool: pg.Pool;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)');
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    // `pool.end()` resolves before its sockets are closed; dropping the database then ends a session.
    pool.on('error', () => undefined);
  });
  afterEach(() => pool.end());
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

  it('that was given back is never touched again: a late destroy of the source leaves its next user alone', async () => {
    await context().sql('INSERT INTO t SELECT n, repeat($$x$$, 50) FROM generate_series(1, 100) AS n');
    const source = pgCopyTo({ table: 't', client: pool });
    source.on('error', () => undefined);
    source.read(0);
    await eventually(() => assert.equal(pool.idleCount, 1));
    assert.equal(source.readableEnded, false);
    const next = await pool.connect();
    await next.query('BEGIN; DELETE FROM t');
    const asleep = next.query('SELECT pg_sleep(2)');
    source.destroy();
    const settled = await source.settled;
    assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
    await asleep;
    assert.equal((await next.query('COMMIT')).command, 'COMMIT');
    next.release();
    assert.equal(await count(), 0);
  });

  it('whose cancel request is slower than the COPY is rolled back all the same: settled never says not-done of rows that are there', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      proxy.plan(({ number }) =>
        number === 1
          ? { down: [{ when: { pattern: COPIED, before: true }, do: { call: () => void sink.destroy() } }] }
          : { up: [{ when: { afterBytes: 0 }, do: { delayMs: 400 } }] },
      );
      assert.equal((await rejection(pipeline(chunked(csvRows(100)), sink)))['code'], 'ABORTED');
      const settled = await sink.settled;
      assert.equal(proxy.connections, 2);
      await proxy.waitFor('closed', ({ connection }) => connection === 2);
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
      assert.equal(await count(), 0);
    });
  });

  it('that arrives as its stream is destroyed goes back, at whatever tick', async () => {
    await pool.query('SELECT 1');
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const sink = pgCopyFrom({ table: 't', client: pool });
      sink.on('error', () => undefined);
      const destroyed = after(ticks).then(() => sink.destroy());
      sink.write('1,x\n');
      await destroyed;
      assert.equal((await sink.settled).cleanup, 'confirmed');
      await eventually(() =>
        assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0], `${ticks} ticks`),
      );
    }
    assert.equal(await count(), 0);
  });

  it('whose client arrives just before its stream is destroyed goes back, at whatever tick', async () => {
    await pool.query('SELECT 1');
    const connect = pool.connect.bind(pool);
    for (let ticks = 0; ticks < 30; ticks += 1) {
      const arriving = Object.assign(Object.create(pool) as pg.Pool, {
        connect: async () => {
          const client = await connect();
          void after(ticks).then(() => sink.destroy());
          return client;
        },
      });
      const sink = pgCopyFrom({ table: 't', client: arriving });
      sink.on('error', () => undefined);
      sink.write('1,x\n');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      await eventually(() => assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1], `${ticks} ticks`));
    }
    assert.equal(await count(), 0);
  });

  it('that waits for a lock is interrupted where it stands: an abort keeps the connection', async () => {
    const pid = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const before = await pid();
    const holder = new pg.Client({ connectionString: context().dsn });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    const abort = new AbortController();
    const sink = pgCopyFrom({ table: 't', client: pool, signal: abort.signal });
    const failed = rejection(pipeline(chunked(csvRows(1)), sink));
    await eventually(async () => {
      const waiting = await context().sql(
        "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'",
        [before],
      );
      assert.equal(waiting.length, 1);
    });
    abort.abort();
    assert.equal((await failed)['code'], 'ABORTED');
    assert.equal(await pid(), before);
    await holder.end();
    assert.equal(await count(), 0);
  });

  it('ends its own backend only: one that took over the pid lives', async () => {
    const other = new pg.Client({ connectionString: context().dsn });
    await other.connect();
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const mine = await pool.connect();
    const lease = new Lease(mine as unknown as PgClient, () => mine.release());
    await lease.begin({ lockMs: 0, writes: 'no' });
    assert.ok(lease.backend);
    lease.backend = { ...lease.backend, pid: rows[0]?.pid ?? 0, startedAt: '2000-01-01 00:00:00+00' };
    assert.equal(await endBackend(lease, AbortSignal.timeout(5_000)), true);
    assert.equal((await other.query('SELECT 1')).rowCount, 1);
    await lease.rollback();
    lease.release();
    await other.end();
  });

  it("outlives the pool's query_timeout: a stream has its own deadline", async () => {
    const hasty = new pg.Pool({ connectionString: context().dsn, max: 1, query_timeout: 300 });
    try {
      const sink = pgCopyFrom({ table: 't', client: hasty });
      const slowly = async function* () {
        for (let n = 0; n < 8; n += 1) {
          yield csvRows(1, n);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      };
      await pipeline(slowly, sink);
      assert.equal(sink.result?.rows, 8);
      const source = pgCopyTo({ query: 'SELECT pg_sleep(0.2) FROM generate_series(1, 4)', client: hasty });
      await collect(source);
      assert.equal(source.result?.rows, 4);
    } finally {
      await hasty.end();
    }
  });
});

/** Resolves so many microtasks later. */
async function after(ticks: number): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
}
