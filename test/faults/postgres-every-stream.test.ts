import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { PostgresStreamOptions } from '../../src/connectors/postgres/index.ts';
import type { Settled } from '../../src/core/settlement.ts';
import { ForeignWire } from '../connectors/postgres/rows/foreign-wire.ts';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** The table is named so that each of them needs its lock. */
const ENDLESS =
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r LEFT JOIN t ON false';

interface Running {
  readonly stream: {
    readonly settled: Promise<Settled<unknown>>;
    readonly progress: { readonly bytes: number; readonly rows?: number };
    destroy(): unknown;
  };
  /** Never resolves: a sink gets some rows and no end, a source has no last row. */
  readonly done: Promise<unknown>;
}

interface Kind {
  readonly name: string;
  /** The direction in which its rows go. */
  readonly direction: 'up' | 'down';
  /** What its pool's connections are made over; default: a socket. */
  readonly wire?: { stream(): Duplex };
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
  {
    name: 'pgQueryRows over a foreign wire',
    direction: 'down',
    wire: { stream: () => new ForeignWire() as unknown as Duplex },
    run: (options) => {
      const stream = pgQueryRows(ENDLESS, [], options);
      return { stream, done: pipeline(stream, discard) };
    },
  },
];

/** Some of its rows are through. */
function isUnderWay({ stream: { progress } }: Running): boolean {
  return progress.bytes + (progress.rows ?? 0) > 0;
}

describePostgres('every stream', (context) => {
  let pool: pg.Pool;
  before(() => context().sql('CREATE TABLE t (a int, b text)'));
  const poolOf = (connectionString: string, { wire }: Partial<Kind> = {}): pg.Pool => {
    const made = new pg.Pool({ connectionString, max: 1, ...wire });
    made.on('error', () => undefined);
    return made;
  };
  beforeEach(() => {
    pool = poolOf(context().dsn);
  });
  afterEach(() => pool.end());
  /** `work` with a pool whose connections go through a proxy. */
  const throughPool = (kind: Kind, work: (scene: { proxy: ChaosProxy; far: pg.Pool }) => Promise<void>) =>
    throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const far = poolOf(dsn, kind);
      await work({ proxy, far });
      await far.end();
    });

  const assertRecovered = async (): Promise<void> => {
    assert.equal((await pool.query('SELECT 1')).rowCount, 1);
    assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0]);
    assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
  };
  const assertUndone = async ({ stream }: Running): Promise<void> => {
    const { outcome, cleanup } = await stream.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
  };

  /** The one that has something to do. */
  const busyBackend = async (): Promise<unknown> => {
    const others = "datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'";
    const busy = await context().sql(`SELECT pid FROM pg_stat_activity WHERE ${others}`);
    assert.equal(busy.length, 1);
    return busy[0]?.['pid'];
  };

  for (const kind of KINDS) {
    describe(kind.name, () => {
      const { direction, run } = kind;
      beforeEach(async () => {
        await pool.end();
        pool = poolOf(context().dsn, kind);
      });

      it(`whose backend is ended on the way is a lost connection, and the pool recovers`, async () => {
        const pid = (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
        const running = run({ client: pool });
        const failed = rejection(running.done);
        await eventually(() => assert.ok(isUnderWay(running)));
        const ended = await context().sql('SELECT pg_terminate_backend($1, 5000) AS ended', [pid]);
        assert.deepEqual(ended, [{ ended: true }]);
        const error = await failed;
        assert.deepEqual([error['code'], error['stage'], error['retryable']], ['CONNECTION_LOST', 'transfer', true]);
        await assertUndone(running);
        await assertRecovered();
      });

      it(`whose connection is reset on the way is a lost connection`, async () => {
        await throughPool(kind, async ({ proxy, far }) => {
          proxy.plan(({ number }) =>
            number === 1 ? { [direction]: [{ when: { afterBytes: 60_000 }, do: 'reset' }] } : undefined,
          );
          const running = run({ client: far });
          const error = await rejection(running.done);
          assert.ok(proxy.log.some(({ event }) => event === 'rule'));
          assert.deepEqual([error['code'], error['stage']], ['CONNECTION_LOST', 'transfer']);
          await assertUndone(running);
        });
        await assertRecovered();
      });

      it(`whose network stalls, other connections well, is aborted in time, and its backend is ended`, async () => {
        await throughPool(kind, async ({ proxy, far }) => {
          const abort = new AbortController();
          const running = run({ client: far, signal: abort.signal });
          const failed = rejection(running.done);
          await eventually(() => assert.ok(isUnderWay(running)));
          const pid = await busyBackend();
          proxy.stallAll({ newConnections: false });
          const reason = new Error('enough');
          abort.abort(reason);
          const error = await failed;
          assert.deepEqual([error['code'], error['stage'], error.cause], ['ABORTED', 'transfer', reason]);
          await assertUndone(running);
          assert.deepEqual(await context().sql('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid]), []);
          assertNoListeners(abort.signal);
        });
        await assertRecovered();
      });

      it(`whose network stalls for new connections too is aborted within cleanupTimeout, and names its backend`, async () => {
        await throughPool(kind, async ({ proxy, far }) => {
          const abort = new AbortController();
          const running = run({ client: far, signal: abort.signal, cleanupTimeout: 1_700 });
          const failed = rejection(running.done);
          await eventually(() => assert.ok(isUnderWay(running)));
          const backendPid = await busyBackend();
          proxy.stallAll();
          abort.abort();
          assert.equal((await failed)['code'], 'ABORTED');
          const { outcome, cleanup, leftover } = await running.stream.settled;
          assert.deepEqual([outcome, cleanup, leftover], ['not-done', 'unconfirmed', { backendPid }]);
          proxy.heal();
          proxy.resetAll();
        });
        await eventually(assertRecovered);
      });

      it(`that waits for a pool in vain ends in time, and the late client goes back`, async () => {
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

      it(`that waits for a lock ends after lockTimeout, and keeps its connection`, async () => {
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

      for (const how of ['destroyed', 'stopped by a signal']) {
        it(`that is ${how} lets go of its table: ALTER TABLE, which waits for it, goes through`, async () => {
          const other = new pg.Client({ connectionString: context().dsn });
          await other.connect();
          const abort = new AbortController();
          const running = run({ client: pool, signal: abort.signal });
          const failed = rejection(running.done);
          await eventually(() => assert.ok(isUnderWay(running)));
          const altered = other.query('BEGIN; ALTER TABLE t ADD c int; ROLLBACK');
          const waiting =
            "SELECT 1 FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND relation = 't'::regclass";
          await eventually(async () => assert.equal((await context().sql(waiting)).length, 1));
          if (how === 'destroyed') running.stream.destroy();
          else abort.abort();
          await failed;
          await assertUndone(running);
          await altered;
          await other.end();
          await assertRecovered();
        });
      }

      it(`whose signal has already fired opens nothing`, async () => {
        await throughPool(kind, async ({ proxy, far }) => {
          const signal = AbortSignal.abort(new Error('before'));
          const running = run({ client: far, signal });
          const error = await rejection(running.done);
          assert.deepEqual([error['code'], error.cause], ['ABORTED', signal.reason]);
          await assertUndone(running);
          assert.deepEqual([proxy.connections, running.stream.progress.bytes], [0, 0]);
        });
        await assertRecovered();
      });
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
