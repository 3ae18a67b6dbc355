import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

describePostgres('a client handed in', (context) => {
  let client: pg.Client;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)');
    client = new pg.Client({ connectionString: context().dsn });
    client.on('error', () => undefined);
    await client.connect();
  });
  afterEach(() => client.end());
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];
  const load = (options: object = {}) => pgCopyFrom({ table: 't', client, ...options });

  it("in a failed transaction is refused, and the transaction stays its owner's", async () => {
    await client.query("BEGIN; INSERT INTO t VALUES (1, 'kept'); SAVEPOINT s");
    await rejection(client.query('SELECT 1 / 0'));
    const sink = load();
    const error = await rejection(pipeline(chunked(csvRows(3)), sink));
    assert.deepEqual([error['code'], (await sink.settled).cleanup], ['CONFIG_INVALID', 'confirmed']);
    await client.query('ROLLBACK TO SAVEPOINT s');
    await client.query('COMMIT');
    assert.equal(await count(), 1);
  });

  it('whose own query is running is refused with CLIENT_BUSY, and that query is not cancelled', async () => {
    const own = client.query('SELECT pg_sleep(0.5), 7 AS seven');
    const sink = load();
    const error = await rejection(pipeline(chunked(csvRows(3)), sink));
    assert.equal(error['code'], 'CLIENT_BUSY');
    assert.equal((await own).rows.length, 1);
    assert.equal((await sink.settled).cleanup, 'confirmed');
  });

  it('whose BEGIN is still on its way is waited for: its transaction is not committed for it', async () => {
    const begun = client.query("BEGIN; INSERT INTO t VALUES (1, 'x')");
    const sink = load();
    await pipeline(chunked(csvRows(3)), sink);
    assert.equal(sink.result?.durable, false);
    await begun;
    await client.query('ROLLBACK');
    assert.equal(await count(), 0);
  });

  it('of a node-postgres that does not keep the transaction status works under a savepoint all the same', async () => {
    Object.defineProperty(client, 'getTransactionStatus', { value: undefined });
    await client.query('BEGIN');
    const sink = load();
    await pipeline(chunked(csvRows(3)), sink);
    assert.equal(sink.result?.durable, false);
    await client.query('ROLLBACK');
    assert.equal(await count(), 0);
  });

  it('that is none is refused at once, and nothing listens to the signal', () => {
    const { signal } = new AbortController();
    for (const none of [{}, [], new URL(context().dsn), { query: () => undefined }]) {
      assert.throws(() => load({ client: none, signal }), { name: 'ConfigError', code: 'CONFIG_INVALID' });
      assert.throws(() => pgCopyTo({ table: 't', client: none, signal }), {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
      });
    }
    assertNoListeners(signal);
  });

  it('that was never connected is refused, in no time', async () => {
    const unconnected = new pg.Client({ connectionString: context().dsn });
    for (const stream of [
      () => pipeline(chunked(csvRows(3)), load({ client: unconnected })),
      () => collect(pgCopyTo({ table: 't', client: unconnected })),
    ]) {
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await rejection(stream())));
      assert.equal(error['code'], 'CONFIG_INVALID');
      assert.ok(ms < 1_000, `${ms} ms`);
    }
  });

  it('whose transaction its owner breaks meanwhile is not committed: the server rolls back, and that is no success', async () => {
    const sink = load();
    const failed = rejection(pipeline(stalling(csvRows(100)), sink));
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    const meddling = rejection(client.query('SELECT 1 / 0'));
    sink.end();
    await meddling;
    const error = await failed;
    assert.deepEqual([error['code'], error['stage'], error['outcome']], ['STATEMENT_FAILED', 'commit', 'not-done']);
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    assert.equal((await client.query('SELECT 1')).rowCount, 1);
    assert.equal(await count(), 0);
  });

  it('that its owner uses to end the transaction meanwhile never makes lost rows look loaded', async () => {
    const sink = load();
    const failed = rejection(pipeline(stalling(csvRows(100)), sink));
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    const meddling = client.query('ROLLBACK');
    sink.end();
    await meddling;
    await failed;
    assert.equal((await sink.settled).outcome, 'not-done');
    assert.equal(await count(), 0);
  });

  it('that breaks inside a transaction of its owner loses the rows: not done, never unknown', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { pattern: 'RELEASE\0', before: true }, do: 'reset' }] } : undefined,
      );
      const far = new pg.Client({ connectionString: dsn });
      far.on('error', () => undefined);
      await far.connect();
      await far.query('BEGIN');
      const sink = load({ client: far });
      const error = await rejection(pipeline(chunked(csvRows(100)), sink));
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual([error['code'], error['outcome']], ['CONNECTION_LOST', 'not-done']);
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.equal(await count(), 0);
    });
  });

  it('that breaks while its owner does not listen fails its stream alone, not the process', async () => {
    const unheard = new pg.Client({ connectionString: context().dsn });
    await unheard.connect();
    const sink = load({ client: unheard });
    const failed = rejection(pipeline(stalling(csvRows(100)), sink));
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    const ended = new Promise<void>((resolve) => unheard.once('end', () => resolve()));
    await context().sql('SELECT pg_terminate_backend($1)', [Reflect.get(unheard, 'processID')]);
    assert.equal((await failed)['code'], 'CONNECTION_LOST');
    await ended;
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    assert.equal(await count(), 0);
  });

  it('keeps neither a listener nor a setting of ours', async () => {
    const listeners = client.listenerCount('error');
    const settings = "SELECT name, setting FROM pg_settings WHERE name ~ 'timeout|keepalive' ORDER BY 1";
    const before = (await client.query<object>(settings)).rows;
    await pipeline(chunked(csvRows(3)), load());
    await rejection(pipeline(chunked(Buffer.from('x\n')), load()));
    await collect(pgCopyTo({ table: 't', client }));
    assert.deepEqual((await client.query<object>(settings)).rows, before);
    assert.equal(client.listenerCount('error'), listeners);
    assert.equal(await count(), 3);
  });

  it('is free again when its stream was destroyed as it began, at whatever tick', async () => {
    for (let ticks = 0; ticks < 60; ticks += 1) {
      const sink = load();
      sink.on('error', () => undefined);
      sink.write('1,x\n');
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      sink.destroy();
      assert.equal((await sink.settled).cleanup, 'confirmed');
      await client.query('SELECT 1');
      assert.equal(client.getTransactionStatus(), 'I', `${ticks} ticks`);
      const next = load();
      next.end();
      assert.equal((await next.settled).outcome, 'done', `${ticks} ticks`);
    }
    assert.equal(await count(), 0);
  });

  it('that speaks no wire of ours is refused, and its pool gets it back', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    try {
      const connect = pool.connect.bind(pool);
      const foreign = Object.assign(Object.create(pool) as pg.Pool, {
        connect: async () => {
          const inner = await connect();
          return {
            query: inner.query.bind(inner),
            on: inner.on.bind(inner),
            removeListener: inner.removeListener.bind(inner),
            release: () => inner.release(),
          };
        },
      });
      const sink = load({ client: foreign });
      assert.equal((await rejection(pipeline(chunked(csvRows(3)), sink)))['code'], 'CONFIG_INVALID');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1]);
    } finally {
      await pool.end();
    }
  });
});
