import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

describePostgres('waiting', (context) => {
  before(() => context().sql('CREATE TABLE t (a int, b text)'));
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

  describe('for a pool', () => {
    let pool: pg.Pool;
    let held: pg.PoolClient;
    beforeEach(async () => {
      pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
      held = await pool.connect();
    });
    afterEach(() => pool.end());

    const assertRecovered = async (): Promise<void> => {
      held.release();
      assert.equal((await pool.query('SELECT 1')).rowCount, 1);
      assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0]);
    };

    it('ends with POOL_TIMEOUT, and the late client goes back', async () => {
      const sink = pgCopyFrom({ table: 't', client: pool, poolTimeout: 300 });
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await rejection(pipeline(chunked(csvRows(1)), sink))));
      assert.ok(ms >= 290 && ms < 1_500, `${ms} ms`);
      assert.deepEqual([error['code'], error['stage'], error['retryable']], ['POOL_TIMEOUT', 'pool', true]);
      assert.deepEqual((await sink.settled).cleanup, 'confirmed');
      await assertRecovered();
    });

    it('ends with an abort at once, and the late client goes back', async () => {
      const abort = new AbortController();
      const sink = pgCopyFrom({ table: 't', client: pool, signal: abort.signal });
      const failed = rejection(pipeline(chunked(csvRows(1)), sink));
      await eventually(() => assert.equal(pool.waitingCount, 1));
      const reason = new Error('enough');
      abort.abort(reason);
      const error = await failed;
      assert.deepEqual(
        [error.name, error['code'], error['stage'], error.cause],
        ['AbortError', 'ABORTED', 'pool', reason],
      );
      assertNoListeners(abort.signal);
      await assertRecovered();
    });

    it('ends with the deadline', async () => {
      const source = pgCopyTo({ table: 't', client: pool, timeout: 250 });
      const error = await rejection(collect(source));
      assert.deepEqual([error['code'], error['stage']], ['DEADLINE_EXCEEDED', 'pool']);
      await assertRecovered();
    });
  });

  describe('for a connection', () => {
    it('ends with the deadline, an abort, or the connect timeout, whichever is first', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(() => ({ stallConnect: true }));
        const timeouts = { connect: '400ms' };
        const deadline = pgCopyFrom({ table: 't', config: { dsn, timeouts }, timeout: 200 });
        const late = await rejection(pipeline(chunked(csvRows(1)), deadline));
        assert.deepEqual([late['code'], late['stage']], ['DEADLINE_EXCEEDED', 'connect']);
        const refused = pgCopyFrom({ table: 't', config: { dsn, timeouts }, retry: false });
        let error: Record<string, unknown> = {};
        const ms = await timed(async () => (error = await rejection(pipeline(chunked(csvRows(1)), refused))));
        assert.equal(error['code'], 'CONNECT_TIMEOUT');
        assert.ok(ms < 1_500, `${ms} ms`);
        const abort = new AbortController();
        const aborted = pgCopyTo({ table: 't', config: { dsn, timeouts } });
        const sink = pipeline(
          aborted,
          async (source) => {
            await collect(source as AsyncIterable<Buffer>);
          },
          {
            signal: abort.signal,
          },
        );
        await proxy.waitFor('stalled', ({ connection }) => connection >= 3);
        abort.abort();
        assert.equal((await rejection(sink)).name, 'AbortError');
        assert.equal((await aborted.settled).error?.stage, 'connect');
        assert.ok(proxy.connections >= 3);
      });
    });

    it('ends when the network stalls before the transaction has begun', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(() => ({ up: [{ when: { pattern: 'BEGIN' }, do: 'stall' }] }));
        const config = { dsn, timeouts: { response: 300 } };
        const sink = pgCopyFrom({ table: 't', config, retry: false, cleanupTimeout: 500 });
        let error: Record<string, unknown> = {};
        const ms = await timed(async () => (error = await rejection(pipeline(chunked(csvRows(1)), sink))));
        assert.ok(ms >= 290 && ms < 3_000, `${ms} ms`);
        assert.deepEqual([error['code'], error['stage'], error['outcome']], ['RESPONSE_TIMEOUT', 'open', 'not-done']);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      });
    });

    it('leaves no listener on the signal when an option is malformed', () => {
      const { signal } = new AbortController();
      for (const wrong of [
        { poolTimeout: 'soon' },
        { lockTimeout: -1 },
        { retry: { attempts: 0 } },
        { timeout: 'x' },
      ]) {
        assert.throws(() => pgCopyFrom({ table: 't', signal, ...wrong }), { code: 'CONFIG_INVALID' });
        assert.throws(() => pgCopyTo({ table: 't', signal, ...wrong }), { code: 'CONFIG_INVALID' });
      }
      assertNoListeners(signal);
    });

    it('is not begun by a signal that has already fired: no connection, nothing read', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        const signal = AbortSignal.abort(new Error('before'));
        const source = chunked(csvRows(10));
        const sink = pgCopyFrom({ table: 't', config: { dsn }, signal });
        const error = await rejection(pipeline(source, sink));
        assert.deepEqual([error['code'], error.cause], ['ABORTED', signal.reason]);
        assert.equal((await sink.settled).outcome, 'not-done');
        assert.equal((await rejection(collect(pgCopyTo({ table: 't', config: { dsn }, signal }))))['code'], 'ABORTED');
        assert.equal(proxy.connections, 0);
        assert.equal(sink.progress.bytes, 0);
      });
    });
  });

  describe('for a lock', () => {
    let holder: pg.Client;
    beforeEach(async () => {
      holder = new pg.Client({ connectionString: context().dsn });
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    });
    afterEach(() => holder.end());

    const lockWaiters = async () =>
      (
        await context().sql(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
      ).length;

    for (const [direction, lockTimeout] of [
      ['loading', { lockTimeout: 300 }],
      ['loading', { config: { timeouts: { lock: 300 } } }],
      ['reading', { lockTimeout: 300 }],
    ] as const) {
      it(`ends with LOCK_TIMEOUT, ${direction} with ${JSON.stringify(lockTimeout)}, and keeps the connection`, async () => {
        const config = { dsn: context().dsn, pool: { maxSize: 1 }, ...('config' in lockTimeout && lockTimeout.config) };
        const options = { ...lockTimeout, config };
        const pid = async () => String(await collect(pgCopyTo({ query: 'SELECT pg_backend_pid()', ...options })));
        const before = await pid();
        const stream =
          direction === 'loading' ? pgCopyFrom({ table: 't', ...options }) : pgCopyTo({ table: 't', ...options });
        let error: Record<string, unknown> = {};
        const ms = await timed(async () => {
          error = await rejection(
            'read' in stream ? collect(stream as AsyncIterable<Buffer>) : pipeline(chunked(csvRows(1)), stream),
          );
        });
        assert.ok(ms >= 290 && ms < 3_000, `${ms} ms`);
        assert.deepEqual([error['code'], error['sqlState'], error['retryable']], ['LOCK_TIMEOUT', '55P03', true]);
        const { outcome, cleanup } = await stream.settled;
        assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
        assert.equal(await pid(), before);
        await holder.query('ROLLBACK');
        assert.equal(await count(), 0);
      });
    }

    for (const how of ['an abort', 'the deadline'] as const) {
      it(`ends with ${how}, and the server waits no more`, async () => {
        const abort = new AbortController();
        const options = how === 'an abort' ? { signal: abort.signal } : { timeout: 700 };
        const sink = pgCopyFrom({ table: 't', config: { dsn: context().dsn }, ...options });
        const failed = rejection(pipeline(chunked(csvRows(1)), sink));
        await eventually(async () => assert.equal(await lockWaiters(), 1));
        abort.abort();
        const error = await failed;
        assert.equal(error['code'], how === 'an abort' ? 'ABORTED' : 'DEADLINE_EXCEEDED');
        assert.deepEqual((await sink.settled).cleanup, 'confirmed');
        assert.equal(await lockWaiters(), 0);
        await holder.query('ROLLBACK');
        assert.equal(await count(), 0);
      });
    }
  });

  it('for the source ends with an abort, and no row is loaded', async () => {
    const abort = new AbortController();
    const sink = pgCopyFrom({ table: 't', config: { dsn: context().dsn }, signal: abort.signal });
    const failed = rejection(pipeline(stalling(csvRows(100)), sink));
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    abort.abort();
    assert.equal((await failed)['code'], 'ABORTED');
    const settled = await sink.settled;
    assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
    assert.equal(await count(), 0);
    assertNoListeners(abort.signal);
  });

  it('for the first byte ends with an abort that needs no connection', async () => {
    const abort = new AbortController();
    const sink = pgCopyFrom({ table: 't', config: { dsn: context().dsn }, signal: abort.signal });
    const failed = rejection(pipeline(stalling(Buffer.alloc(0)), sink));
    abort.abort();
    assert.equal((await failed)['code'], 'ABORTED');
    assert.deepEqual(await sink.settled.then(({ outcome, cleanup }) => [outcome, cleanup]), ['not-done', 'confirmed']);
  });
});
