import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres, serverKinds } from '../support/postgres.ts';
import type { PostgresContext } from '../support/postgres.ts';

/** Waits until a COPY of this database waits for our bytes, and gives its backend's pid. */
async function copyingBackend({ sql }: PostgresContext): Promise<number> {
  let pid = 0;
  await eventually(async () => {
    const [row] = await sql(
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active' AND wait_event = 'ClientRead'",
    );
    pid = Number(row?.['pid'] ?? 0);
    assert.notEqual(pid, 0);
  });
  return pid;
}

describePostgres('a lost connection', (context) => {
  before(() => context().sql('CREATE TABLE t (a int, b text)'));
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

  it('a backend that is terminated mid-COPY: CONNECTION_LOST, no rows, and the pool recovers', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    try {
      const sink = pgCopyFrom({ table: 't', client: pool });
      const failed = rejection(pipeline(stalling(csvRows(1000)), sink));
      const pid = await copyingBackend(context());
      await context().sql('SELECT pg_terminate_backend($1)', [pid]);
      const error = await failed;
      assert.equal(error['code'], 'CONNECTION_LOST');
      assert.equal(error['retryable'], true);
      assert.equal(error['outcome'], 'not-done');
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
      assert.equal(await count(), 0);
      assert.equal((await pool.query('SELECT 1')).rowCount, 1);
    } finally {
      await pool.end();
    }
  });

  it('a backend that is terminated while we write as fast as we can: CONNECTION_LOST, no rows, one error', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    try {
      let errors = 0;
      const sink = pgCopyFrom({ table: 't', client: pool });
      sink.on('error', () => (errors += 1));
      const rows = csvRows(10_000);
      const endless = function* () {
        for (;;) yield rows;
      };
      const failed = rejection(pipeline(endless, sink));
      await eventually(() => assert.ok(sink.progress.bytes > 4 * rows.length));
      const ended = await context().sql(
        "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> pg_backend_pid()",
      );
      assert.deepEqual(ended, [{ ended: true }]);
      const error = await failed;
      assert.deepEqual([error['code'], error['outcome'], errors], ['CONNECTION_LOST', 'not-done', 1]);
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(await count(), 0);
      assert.equal((await pool.query('SELECT 1')).rowCount, 1);
    } finally {
      await pool.end();
    }
  });

  for (const afterBytes of [1_000, 70_000, 400_000]) {
    it(`a reset after ${afterBytes} bytes: CONNECTION_LOST, no rows`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) => (number === 1 ? { up: [{ when: { afterBytes }, do: 'reset' }] } : undefined));
        const sink = pgCopyFrom({ table: 't', config: { dsn } });
        const error = await rejection(pipeline(chunked(csvRows(50_000)), sink));
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.equal(error['code'], 'CONNECTION_LOST');
        const settled = await sink.settled;
        assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
        assert.equal(await count(), 0);
      });
    });
  }

  it('a stalled network, other connections well: an abort settles in time and the backend is ended', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const abort = new AbortController();
      const sink = pgCopyFrom({ table: 't', config: { dsn }, signal: abort.signal });
      const failed = rejection(pipeline(stalling(csvRows(1000)), sink));
      const pid = await copyingBackend(context());
      proxy.stallAll({ newConnections: false });
      abort.abort(new Error('enough'));
      const ms = await timed(() => failed);
      assert.ok(ms > 1_000 && ms < 5_000, `${ms} ms`);
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
      const left = await context().sql('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]);
      assert.deepEqual(left, []);
      assert.equal(await count(), 0);
      assertNoListeners(abort.signal);
    });
  });

  it('a stalled network, new connections too: an abort settles within cleanupTimeout and names the backend', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const abort = new AbortController();
      const sink = pgCopyFrom({ table: 't', config: { dsn }, signal: abort.signal, cleanupTimeout: '2s' });
      const failed = rejection(pipeline(stalling(csvRows(1000)), sink));
      const pid = await copyingBackend(context());
      proxy.stallAll();
      const reason = new Error('enough');
      abort.abort(reason);
      let error: Error | undefined;
      const ms = await timed(async () => (error = await failed));
      assert.ok(ms > 1_500 && ms < 3_000, `${ms} ms`);
      assert.equal(error?.name, 'AbortError');
      assert.equal(error.cause, reason);
      const settled = await sink.settled;
      assert.deepEqual(
        [settled.outcome, settled.cleanup, settled.leftover],
        ['not-done', 'unconfirmed', { backendPid: pid }],
      );
      proxy.heal();
      proxy.resetAll();
      assert.equal(await count(), 0);
    });
  });

  it('a stalled network, new connections refused: an abort does not wait for its whole time, and names the backend', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const abort = new AbortController();
      const sink = pgCopyFrom({ table: 't', config: { dsn }, signal: abort.signal, cleanupTimeout: '8s' });
      const failed = rejection(pipeline(stalling(csvRows(1000)), sink));
      const pid = await copyingBackend(context());
      proxy.stallAll({ newConnections: false });
      proxy.refuseNew();
      abort.abort();
      const ms = await timed(() => failed);
      assert.ok(ms > 1_000 && ms < 5_000, `${ms} ms`);
      const { outcome, cleanup, leftover } = await sink.settled;
      assert.deepEqual([outcome, cleanup, leftover], ['not-done', 'unconfirmed', { backendPid: pid }]);
      proxy.heal();
      proxy.resetAll();
      assert.equal(await count(), 0);
    });
  });
});

describe('a server that is stopped at once', () => {
  for (const { name, binDir } of serverKinds()) {
    it(`mid-COPY on ${name}: CONNECTION_LOST, no rows, and the pool recovers after the restart`, async () => {
      await using server = await startPostgres(binDir === undefined ? {} : { binDir });
      await server.admin('CREATE TABLE t (a int, b text)');
      const pool = new pg.Pool({ connectionString: server.dsn, max: 1 });
      try {
        const sink = pgCopyFrom({ table: 't', client: pool });
        const failed = rejection(pipeline(stalling(csvRows(1000)), sink));
        await eventually(() => assert.ok(sink.progress.bytes > 0));
        await server.restart('immediate');
        const error = await failed;
        assert.equal(error['code'], 'CONNECTION_LOST');
        assert.equal((await sink.settled).outcome, 'not-done');
        const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM t');
        assert.deepEqual(rows, [{ n: 0 }]);
      } finally {
        await pool.end();
      }
    });
  }
});
