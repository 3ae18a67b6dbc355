/** Every pool that gave out a connection since the watch began, ours and those that tests hand in. */
import pg from 'pg';
import type { Watch } from './watch.ts';

const pools = new Set<pg.Pool>();

/** From the module of node-postgres, since a pool says nowhere else that it exists. */
const prototype = Object.getPrototypeOf(pg.Pool.prototype) as { connect: (...args: unknown[]) => unknown };
const connect = prototype.connect;
prototype.connect = function (this: pg.Pool, ...args: unknown[]): unknown {
  pools.add(this);
  return connect.apply(this, args);
};

export const poolWatch: Watch = {
  begin() {
    for (const pool of pools) if (pool.ended && pool.totalCount === 0) pools.delete(pool);
  },
  leaks: () =>
    [...pools].flatMap((pool) => {
      const { totalCount, idleCount, waitingCount } = pool;
      const out = totalCount - idleCount;
      return out === 0 && waitingCount === 0
        ? []
        : [`a pool has ${out} of ${totalCount} connections out and ${waitingCount} waiting for one`];
    }),
};

/** Idle connections that hold the process open, as they may: each by a socket, and most by a timer that will end it. */
export function idleConnections(): number {
  let count = 0;
  for (const { options, idleCount } of pools) if (!options.allowExitOnIdle) count += idleCount;
  return count;
}
