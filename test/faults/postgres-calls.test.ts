import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { PostgresClient } from '../../src/connectors/postgres/index.ts';
import { postgres } from '../../src/connectors/registry.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

interface Bounds {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
  readonly poolTimeout?: number | string;
}

type Pool = Awaited<ReturnType<PostgresClient['rawPool']>>;
type Ask = (db: PostgresClient, bounds: Bounds) => Promise<unknown>;

const never = (): never => assert.fail('it had no connection');

/** Every way to ask a client for what needs a connection, and what that is reported as. */
const CALLS: Readonly<Record<string, readonly [operation: string, ask: Ask]>> = {
  query: ['query', (db, bounds) => db.query('SELECT 1', [], bounds)],
  queryOne: ['query', (db, bounds) => db.queryOne('SELECT 1', [], bounds)],
  queryValue: ['query', (db, bounds) => db.queryValue('SELECT 1', [], bounds)],
  execute: ['execute', (db, bounds) => db.execute('SELECT 1', [], bounds)],
  executeMany: ['execute_many', (db, bounds) => db.executeMany('SELECT $1::int', [[1]], bounds)],
  transaction: ['transaction', (db, bounds) => db.transaction(never, bounds)],
  begin: ['transaction', (db, bounds) => db.begin(bounds)],
  connection: ['connection', (db, bounds) => db.connection(bounds)],
  queryRows: ['query_rows', (db, bounds) => db.queryRows('SELECT 1', [], bounds).toArray()],
  copyFrom: ['copy_from', (db, bounds) => db.copyFrom('t', '1\n', bounds)],
  copyTo: ['copy_to', (db, bounds) => db.copyTo('t', (bytes) => Readable.from(bytes).forEach(never), bounds)],
};

/** What needs no connection, or is the client's own. */
const OTHERS = ['constructor', 'isClosed', 'close', 'kysely', 'rawPool', 'open', 'ping', 'run', 'runMany'];

interface Wait {
  readonly stage: string;
  /** Beside the one that is held. */
  readonly connections: number;
  /** What the profile, or the call, says of how long it may last. */
  readonly bound: readonly [code: string, bounds: Bounds, timeouts: Record<string, number>];
  hinder(proxy: ChaosProxy): void;
  /** Resolves when a call waits there. */
  reached(proxy: ChaosProxy, pool: Pool): Promise<unknown>;
}

const WAITS: readonly Wait[] = [
  {
    stage: 'pool',
    connections: 0,
    bound: ['POOL_TIMEOUT', { poolTimeout: 200 }, {}],
    hinder: () => undefined,
    reached: (_proxy, pool) => eventually(() => assert.equal(pool.waitingCount, 1)),
  },
  {
    stage: 'connect',
    connections: 1,
    bound: ['CONNECT_TIMEOUT', {}, { connect: 200 }],
    hinder: (proxy) => proxy.plan(() => ({ stallConnect: true })),
    reached: (proxy) => proxy.waitFor('stalled'),
  },
];

const REASON = new Error('enough');

/** What ends the wait: how the call is bounded, what is done once it waits, and what it then says. */
const ENDS: Readonly<Record<string, (wait: Wait) => End>> = {
  'its signal': () => ({ code: 'ABORTED', strike: ({ abort }) => abort.abort(REASON) }),
  'its deadline': () => ({ code: 'DEADLINE_EXCEEDED', bounds: { timeout: 300 } }),
  'its own bound': ({ bound: [code, bounds, timeouts] }) => ({ code, bounds, timeouts }),
  'the end of its client': () => ({ code: 'CLIENT_CLOSED', strike: ({ db }) => void db.close() }),
};

interface End {
  readonly code: string;
  readonly bounds?: Bounds;
  readonly timeouts?: Record<string, number>;
  strike?(scene: { readonly abort: AbortController; readonly db: PostgresClient }): void;
}

describePostgres('a call of a client', (context) => {
  before(() => context().sql('CREATE TABLE t (a int)'));
  afterEach(closePools);

  it('is in this table, whichever it is', () => {
    const methods = [PostgresClient.prototype, Object.getPrototypeOf(PostgresClient.prototype) as object].flatMap(
      (prototype) => Object.getOwnPropertyNames(prototype),
    );
    assert.deepEqual(Object.keys(CALLS).sort(), [...new Set(methods)].filter((name) => !OTHERS.includes(name)).sort());
  });

  for (const [name, [operation, ask]] of Object.entries(CALLS)) {
    for (const wait of WAITS) {
      for (const [what, endOf] of Object.entries(ENDS)) {
        it(`that waits at the stage ${wait.stage} ends with ${what}, and leaves nothing: ${name}`, async () => {
          await throughProxy(context().dsn, async ({ proxy, dsn }) => {
            const { code, bounds = {}, timeouts = {}, strike } = endOf(wait);
            const pool = { minSize: 0, maxSize: 1 + wait.connections };
            await using db = postgres.client('default', { dsn, pool, timeouts, retries: { attempts: 1 } });
            const raw = await db.rawPool();
            const held = await db.connection();
            const abort = new AbortController();
            wait.hinder(proxy);
            const failed = rejection(ask(db, { ...bounds, signal: abort.signal }));
            await wait.reached(proxy, raw);
            strike?.({ abort, db });
            const error = await failed;
            assert.deepEqual(
              [error['code'], error['stage'], error['operation'], error['outcome']],
              [code, wait.stage, operation, 'not-done'],
            );
            if (code === 'ABORTED') assert.equal(error.cause, REASON);
            assertNoListeners(abort.signal);
            proxy.plan(() => undefined);
            proxy.heal();
            held.release();
            const left = db.isClosed() ? 0 : raw.totalCount;
            await eventually(() =>
              assert.deepEqual([raw.idleCount, raw.waitingCount, raw.totalCount], [left, 0, left]),
            );
            if (!db.isClosed()) assert.equal(await db.queryValue('SELECT 7'), 7);
          });
        });
      }
    }

    it(`whose signal has fired opens nothing: ${name}`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        await using db = postgres.client('default', { dsn });
        const signal = AbortSignal.abort(REASON);
        const error = await rejection(ask(db, { signal }));
        assert.deepEqual([error['code'], error.cause, error['operation']], ['ABORTED', REASON, operation]);
        assert.equal(proxy.connections, 0);
      });
    });
  }
});
