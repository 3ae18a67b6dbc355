import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { chunked, csvRows } from '../support/bytes.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/**
 * The tag of CommandComplete, and the query behind the last byte of its length. The proxy holds back what may be the
 * pattern's beginning: were that a letter, a SCRAM message that ends in it would never arrive.
 */
const ANSWER = 'COMMIT\0';
const QUERY = '\x0bCOMMIT';

describePostgres('a commit', (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)'));
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

  it('whose answer is lost is settled by asking the server: done', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { pattern: ANSWER, before: true }, do: 'reset' }] } : undefined,
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      await pipeline(chunked(csvRows(100)), sink);
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.equal(sink.result?.rows, 100);
      assert.equal((await sink.settled).outcome, 'done');
      assert.equal(await count(), 100);
      await eventually(() => assert.deepEqual([proxy.connections, proxy.openConnections], [2, 0]));
    });
  });

  it('whose answer does not come in half of commitTimeout is settled by asking the server: done, and the pool goes on', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { pattern: ANSWER, before: true }, do: 'stall' }] } : undefined,
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn }, commitTimeout: '2s' });
      const ms = await timed(() => pipeline(chunked(csvRows(100)), sink));
      assert.ok(ms > 900 && ms < 4_000, `${ms} ms`);
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual([sink.result?.rows, (await sink.settled).outcome, await count()], [100, 'done', 100]);
      const next = pgCopyFrom({ table: 't', config: { dsn } });
      await pipeline(chunked(csvRows(1)), next);
      assert.equal(await count(), 101);
    });
  });

  it('that was not sent yet when the last answer of the COPY was lost is no commit: not done, and nobody is asked', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { pattern: 'COPY 100\0', before: true }, do: 'reset' }] } : undefined,
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      const error = await rejection(pipeline(chunked(csvRows(100)), sink));
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual([error['code'], error['stage'], error['outcome']], ['CONNECTION_LOST', 'transfer', 'not-done']);
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(await count(), 0);
    });
  });

  it('that never reached the server is settled by asking it: not done', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { up: [{ when: { pattern: QUERY, before: true }, do: 'reset' }] } : undefined,
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      const error = await rejection(pipeline(chunked(csvRows(100)), sink));
      assert.ok(
        proxy.log.some(({ event }) => event === 'rule'),
        error.stack,
      );
      assert.deepEqual([error['code'], error['stage'], error['outcome']], ['CONNECTION_LOST', 'commit', 'not-done']);
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.equal(await count(), 0);
    });
  });

  it('that hangs on the way is settled by ending the backend: not done', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { up: [{ when: { pattern: QUERY, before: true }, do: 'stall' }] } : undefined,
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn }, commitTimeout: '2s' });
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await rejection(pipeline(chunked(csvRows(100)), sink))));
      assert.ok(ms > 900 && ms < 4_000, `${ms} ms`);
      assert.deepEqual([error['code'], error['outcome']], ['COMMIT_TIMEOUT', 'not-done']);
      assert.equal(await count(), 0);
    });
  });

  it('whose answer is lost while the server cannot be asked is unknown, and never called anything else', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) =>
        number === 1 ? { down: [{ when: { pattern: ANSWER, before: true }, do: 'reset' }] } : { refuse: true },
      );
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      const error = await rejection(pipeline(chunked(csvRows(100)), sink));
      assert.deepEqual([error['code'], error['outcome'], error['retryable']], ['COMMIT_UNKNOWN', 'unknown', false]);
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['unknown', 'unconfirmed']);
      assert.equal(await count(), 100);
    });
  });

  it('that is aborted while its answer is on the way: the pipeline is aborted, the data is done, and settled says so', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const abort = new AbortController();
      const reason = new Error('too late');
      proxy.plan(() => ({
        down: [
          { when: { pattern: ANSWER, before: true }, do: { call: () => abort.abort(reason) } },
          { when: { pattern: ANSWER, before: true }, do: { delayMs: 200 } },
        ],
      }));
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      const error = await rejection(pipeline(chunked(csvRows(100)), sink, { signal: abort.signal }));
      assert.equal(error.name, 'AbortError');
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup, settled.result?.rows], ['done', 'confirmed', 100]);
      assert.deepEqual(
        [settled.error?.code, settled.error?.outcome, settled.error?.cause],
        ['ABORTED', 'done', reason],
      );
      assert.equal(await count(), 100);
      assertNoListeners(abort.signal);
    });
  });
});
