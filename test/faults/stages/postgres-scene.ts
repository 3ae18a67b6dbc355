/** A case of a Postgres stream: a table, a pool and a proxy of its own, and traps on the wire. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { Trigger } from '../../../src/testing/chaos-proxy/plan.ts';
import { eventually } from '../../support/leaks.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import type { Arrangement } from './points.ts';
import type { Strike } from './strike.ts';

export interface PostgresServers {
  readonly sql: PostgresContext['sql'];
  /** Two columns, `a int` and `b text`; empty. */
  readonly table: string;
  readonly proxy: ChaosProxy;
  /** Of one connection at most, through the proxy. */
  readonly pool: pg.Pool;
  /** Through the proxy. */
  readonly dsn: string;
  /** Takes what every other session needs: the table's lock. */
  lock(): Promise<void>;
  /** Gives it back, if it was taken. */
  unlock(): Promise<void>;
  assertGivenBack(): Promise<void>;
  close(): Promise<void>;
}

export async function postgresServers({ dsn: direct, sql }: PostgresContext, name: string): Promise<PostgresServers> {
  const table = name.replaceAll(/\W/g, '_').toLowerCase();
  await sql(`CREATE TABLE ${table} (a int, b text)`);
  const url = new URL(direct);
  const proxy = await startChaosProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  url.searchParams.set('application_name', table);
  const dsn = url.href;
  const pool = new pg.Pool({ connectionString: dsn, max: 1 });
  // What breaks an idle connection is the proxy's end.
  pool.on('error', () => undefined);
  let holder: pg.Client | undefined;
  const unlock = async (): Promise<void> => {
    await holder?.end();
    holder = undefined;
  };
  return {
    ...{ sql, table, proxy, pool, dsn },
    unlock,
    async lock() {
      holder = new pg.Client({ connectionString: direct });
      await holder.connect();
      await holder.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    },
    async assertGivenBack() {
      await eventually(async () => {
        const counts = [pool.idleCount, pool.waitingCount];
        assert.deepEqual(counts, [pool.totalCount, 0], 'a connection is not back in the pool');
        const working = "SELECT query FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'";
        assert.deepEqual(await sql(working, [table]), [], 'a backend is at work');
      });
      // Whoever is next gets a connection that works.
      assert.equal((await pool.query('SELECT 1')).rowCount, 1);
    },
    async close() {
      await unlock();
      await pool.end();
      await proxy.close();
    },
  };
}

/** Holds the connection of the stream at a byte of one direction, and strikes there, or when `ready`. */
export function holdWire(
  { proxy }: PostgresServers,
  strike: Strike,
  direction: 'up' | 'down',
  when: Trigger,
  here: () => Promise<void> = () => strike.here(),
): Arrangement {
  proxy.plan(({ number }) => (number === 1 ? { [direction]: [{ when, do: { call: here } }] } : undefined));
  return { fired: () => proxy.log.some(({ event }) => event === 'rule') };
}

/** Resolves when the stream's session waits for a lock. */
export async function lockWaited({ sql, table }: PostgresServers): Promise<void> {
  const waiting = "SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'";
  await eventually(async () => assert.equal((await sql(waiting, [table])).length, 1));
}

/** The table's lock is waited for at a stage. */
export function lockAt(stage: 'open' | 'transfer') {
  return {
    stage,
    async arrange(scene: PostgresServers, strike: Strike): Promise<Arrangement> {
      await scene.lock();
      void strike.stages
        .entered(stage)
        .then(() => lockWaited(scene))
        .then(() => strike.here());
      return {};
    },
  };
}

/** What both directions of COPY have in common. */
export const COMMON = {
  unused: {
    stage: 'configure',
    arrange: (_scene: PostgresServers, strike: Strike): Arrangement => ({ first: () => strike.dealt() }),
  },
  pool: {
    stage: 'pool',
    async arrange({ pool }: PostgresServers, strike: Strike): Promise<Arrangement> {
      const held = await pool.connect();
      void strike.stages.entered('pool').then(() => strike.when(() => pool.waitingCount === 1));
      void strike.over.then(() => held.release());
      return { fired: () => pool.totalCount === 1 };
    },
  },
  connecting: {
    stage: 'connect',
    arrange({ proxy }: PostgresServers, strike: Strike): Arrangement {
      proxy.plan(() => ({ stallConnect: true }));
      void proxy.waitFor('stalled').then(() => strike.here());
      void strike.over.then(() => proxy.heal());
      return { fired: () => proxy.connections > 0 };
    },
  },
  authenticating: {
    stage: 'connect',
    arrange: (scene: PostgresServers, strike: Strike): Arrangement =>
      holdWire(scene, strike, 'down', { pattern: 'SCRAM-SHA-256\0' }),
  },
  request: {
    stage: 'open',
    arrange: (scene: PostgresServers, strike: Strike): Arrangement =>
      holdWire(scene, strike, 'up', { pattern: 'BEGIN' }),
  },
  lock: lockAt('transfer'),
  backOff: {
    stage: 'backoff',
    arrange({ proxy, dsn }: PostgresServers, strike: Strike): Arrangement {
      proxy.refuseNew();
      strike.stages.at('backoff', () => void strike.here());
      void strike.over.then(() => proxy.heal());
      const options = { client: undefined, config: { dsn }, retry: { minDelay: '1m', maxDelay: '1m' } };
      return { options, fired: () => proxy.log.some(({ event }) => event === 'refused') };
    },
  },
  part: { absent: 'COPY is one stream: it has no parts' },
} as const;
