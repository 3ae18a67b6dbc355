import assert from 'node:assert/strict';
import { connectors, postgres } from '../../src/connectors/registry.ts';
import type { PostgresClient } from '../../src/connectors/postgres/index.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { watchStages } from '../support/stage-events.ts';

describePostgres('a connection that is checked out', (context) => {
  const open = (dsn = context().dsn): PostgresClient => postgres.client('default', { dsn, pool: { maxSize: 1 } });
  afterEach(() => connectors.reset());
  const assertFree = async (db: PostgresClient): Promise<void> => {
    assert.equal(await db.queryValue('SELECT 7'), 7);
    const { totalCount, idleCount, waitingCount } = await db.rawPool();
    assert.deepEqual([idleCount, waitingCount], [totalCount, 0]);
  };
  const asleep = () =>
    context().sql(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND state = 'active'",
    );

  it('is let go while it runs a query: that is cancelled on the server, and nobody else gets the connection', async () => {
    const db = open();
    let failed: Promise<unknown>;
    {
      await using client = await db.connection();
      failed = rejection(client.query('SELECT pg_sleep(20)'));
      await eventually(async () => assert.equal((await asleep()).length, 1));
    }
    await failed;
    await eventually(async () => assert.deepEqual(await asleep(), []));
    await assertFree(db);
  });

  it('is let go through a stalled network within bounds', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const db = open(dsn);
      const client = await db.connection();
      const failed = rejection(client.query('SELECT pg_sleep(3)'));
      await eventually(async () => assert.equal((await asleep()).length, 1));
      proxy.stallAll();
      const ms = await timed(async () => client[Symbol.asyncDispose]());
      assert.ok(ms > 1_000 && ms < 5_000, `${ms} ms`);
      await failed;
      assert.ok(proxy.log.some(({ event }) => event === 'stalled'));
      proxy.heal();
      await assertFree(db);
      await eventually(async () => assert.deepEqual(await asleep(), []));
    });
  });

  it('breaks while nothing runs on it, and ends no process: the pool makes another one', async () => {
    const db = open();
    {
      await using client = await db.connection();
      const ended = await context().sql('SELECT pg_terminate_backend($1, 5000) AS ended', [client.processID]);
      assert.deepEqual(ended, [{ ended: true }]);
      await rejection(client.query('SELECT 1'));
    }
    await assertFree(db);
  });

  it('is given back when its signal fires as it comes, at the stage open', async () => {
    const db = open();
    const abort = new AbortController();
    const reason = new Error('enough');
    using stages = watchStages('default');
    stages.at('open', () => abort.abort(reason));
    const error = await rejection(db.connection({ signal: abort.signal }));
    assert.deepEqual(
      [error['code'], error['stage'], error['operation'], error.cause],
      ['ABORTED', 'open', 'connection', reason],
    );
    assertNoListeners(abort.signal);
    await assertFree(db);
  });

  it('is its user’s beyond the timeout and the signal of the wait for it', async () => {
    const db = open();
    const abort = new AbortController();
    {
      await using client = await db.connection({ signal: abort.signal, timeout: 5_000 });
      abort.abort();
      assertNoListeners(abort.signal);
      assert.deepEqual((await client.query('SELECT 7 AS a')).rows, [{ a: 7 }]);
    }
    await assertFree(db);
  });
});
