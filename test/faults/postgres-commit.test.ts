import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { CopyFromResult, PostgresStreamOptions } from '../../src/connectors/postgres/index.ts';
import type { Settled } from '../../src/core/settlement.ts';
import type { Sink } from '../../src/core/sink.ts';
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

interface Loader {
  readonly name: string;
  load(options: PostgresStreamOptions): Sink<CopyFromResult>;
  rowsOf(count: number): Readable;
}

const LOADERS: readonly Loader[] = [
  {
    name: 'pgCopyFrom',
    load: (options) => pgCopyFrom({ table: 't', ...options }),
    rowsOf: (count) => chunked(csvRows(count)),
  },
  {
    name: 'pgCopyRows',
    load: (options) => pgCopyRows({ table: 't', ...options }),
    rowsOf: (count) => Readable.from(Array.from({ length: count }, (_, n) => [n, `row ${n}`])),
  },
];

for (const { name, load, rowsOf } of LOADERS)
  describePostgres(`a commit of ${name}`, (context) => {
    beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)'));
    const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

    it('whose answer is lost is settled by asking the server: done', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern: ANSWER, before: true }, do: 'reset' }] } : undefined,
        );
        const sink = load({ config: { dsn } });
        await pipeline(rowsOf(100), sink);
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
        const sink = load({ config: { dsn }, commitTimeout: '2s' });
        const ms = await timed(() => pipeline(rowsOf(100), sink));
        assert.ok(ms > 900 && ms < 4_000, `${ms} ms`);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.deepEqual([sink.result?.rows, (await sink.settled).outcome, await count()], [100, 'done', 100]);
        const next = load({ config: { dsn } });
        await pipeline(rowsOf(1), next);
        assert.equal(await count(), 101);
      });
    });

    it('that was not sent yet when the last answer of the COPY was lost is no commit: not done, and nobody is asked', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern: 'COPY 100\0', before: true }, do: 'reset' }] } : undefined,
        );
        const sink = load({ config: { dsn } });
        const error = await rejection(pipeline(rowsOf(100), sink));
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.deepEqual(
          [error['code'], error['stage'], error['outcome']],
          ['CONNECTION_LOST', 'transfer', 'not-done'],
        );
        assert.equal((await sink.settled).cleanup, 'confirmed');
        assert.equal(await count(), 0);
      });
    });

    it('that never reached the server is settled by asking it: not done', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { up: [{ when: { pattern: QUERY, before: true }, do: 'reset' }] } : undefined,
        );
        const sink = load({ config: { dsn } });
        const error = await rejection(pipeline(rowsOf(100), sink));
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
        const sink = load({ config: { dsn }, commitTimeout: '2s' });
        let error: Record<string, unknown> = {};
        const ms = await timed(async () => (error = await rejection(pipeline(rowsOf(100), sink))));
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
        const sink = load({ config: { dsn } });
        const error = await rejection(pipeline(rowsOf(100), sink));
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
        const sink = load({ config: { dsn } });
        const error = await rejection(pipeline(rowsOf(100), sink, { signal: abort.signal }));
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

interface Reader {
  readonly name: string;
  read(options: PostgresStreamOptions): Readable & { readonly settled: Promise<Settled<unknown>> };
}

/** Each writes one row, and hands it out. */
const READERS: readonly Reader[] = [
  {
    name: 'pgQueryRows',
    read: (options) => pgQueryRows('INSERT INTO t VALUES (1, $$the row$$) RETURNING b', [], options),
  },
  {
    name: 'pgCopyTo',
    read: (options) => pgCopyTo({ query: 'INSERT INTO t VALUES (1, $$the row$$) RETURNING b', ...options }),
  },
];

for (const { name, read } of READERS)
  describePostgres(`a commit of ${name}, whose query writes`, (context) => {
    beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)'));
    const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];
    const answered = (action: 'reset' | 'stall') => ({
      down: [{ when: { pattern: ANSWER, before: true }, do: action }],
    });

    it('and whose answer is lost is settled by asking the server: done', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) => (number === 1 ? answered('reset') : undefined));
        const source = read({ config: { dsn } });
        assert.equal((await source.toArray()).length, 1);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.equal((await source.settled).outcome, 'done');
        assert.deepEqual([proxy.connections, await count()], [2, 1]);
      });
    });

    it('and whose answer is lost while the server cannot be asked is unknown, and never to be repeated', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) => (number === 1 ? answered('reset') : { refuse: true }));
        const source = read({ config: { dsn } });
        const error = await rejection(source.toArray());
        assert.deepEqual([error['code'], error['outcome'], error['retryable']], ['COMMIT_UNKNOWN', 'unknown', false]);
        assert.equal((await source.settled).outcome, 'unknown');
        assert.equal(await count(), 1);
      });
    });

    it('and that is aborted while its answer is on the way is unknown', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        const abort = new AbortController();
        proxy.plan(({ number }) => (number === 1 ? answered('stall') : undefined));
        const source = read({ config: { dsn }, signal: abort.signal });
        const failed = rejection(source.toArray());
        await proxy.waitFor('rule');
        abort.abort();
        const error = await failed;
        assert.deepEqual([error['code'], error['outcome']], ['ABORTED', 'unknown']);
        assert.equal((await source.settled).outcome, 'unknown');
        assert.equal(await count(), 1);
      });
    });

    it('and that never was asked for, since the reading broke before, is not done', async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern: 'the row', before: true }, do: 'reset' }] } : undefined,
        );
        const source = read({ config: { dsn } });
        const error = await rejection(source.toArray());
        assert.deepEqual([error['code'], error['outcome'], error['retryable']], ['CONNECTION_LOST', 'not-done', true]);
        assert.equal(await count(), 0);
      });
    });
  });
