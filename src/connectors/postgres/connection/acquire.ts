/** Where a lease comes from: a client that was handed in, or a pool, which is waited for within bounds. */
import { bounded } from '../../../core/deadline.ts';
import { connectorError } from '../../../errors.ts';
import { classifyPostgresError } from '../errors.ts';
import { Lease } from '../lease.ts';
import type { PgClient, PgPool } from '../native.ts';
import { connectTo } from './ending.ts';
import { isReady } from './readiness.ts';

/** Clients that were handed in and carry one of our streams now; how many streams each pool carries now. */
const busy = new WeakSet();
const carrying = new WeakMap<PgPool, number>();

/** Whether a client that was handed in carries one of our streams. */
export function isCarrying(client: PgClient): boolean {
  return busy.has(client);
}

/** A client that somebody handed in, or one out of a pool, theirs or ours. */
export type ClientSource = { readonly client: PgClient } | { readonly pool: PgPool };

/**
 * Gets a client within `poolMs` or until `signal`; one that arrives later is given back at once.
 *
 * @throws TimeoutError `POOL_TIMEOUT`, PermanentError `CLIENT_BUSY` or `CLIENT_CLOSED`, or what connecting failed with.
 */
export async function acquire(source: ClientSource, poolMs: number, signal?: AbortSignal): Promise<Lease> {
  if ('client' in source) {
    if (busy.has(source.client)) {
      throw connectorError(
        'CLIENT_BUSY',
        'the client handed in already carries another stream: give each stream a connection of its own',
      );
    }
    busy.add(source.client);
    if (!(await isReady(source.client))) {
      busy.delete(source.client);
      throw source.client.processID === null
        ? connectorError('CONFIG_INVALID', 'the client handed in is not connected: await its connect() first')
        : connectorError('CLIENT_BUSY', 'the client handed in runs a query: await it first');
    }
    return new Lease(source.client, () => busy.delete(source.client));
  }
  const { pool } = source;
  const client = await bounded(connectTo(pool), {
    signal,
    timeout: { ms: poolMs, code: 'POOL_TIMEOUT', message: `no connection became free in ${poolMs} ms` },
    late: (arrived) => arrived.release?.(),
  }).catch((error: unknown) => {
    throw explained(error, pool);
  });
  if (!('connection' in client)) {
    (client as PgClient).release?.();
    throw connectorError(
      'CONFIG_INVALID',
      "the pool's clients are not of pg.Client: they do not show their connection",
    );
  }
  carrying.set(pool, carried(pool) + 1);
  return new Lease(client, (destroy) => {
    carrying.set(pool, carried(pool) - 1);
    client.release?.(destroy);
  });
}

/** A source and a sink of one pipeline wait for each other for ever when there is one connection for both. */
function explained(error: unknown, pool: PgPool): unknown {
  const { code, message } = classifyPostgresError(error);
  if (code !== 'POOL_TIMEOUT') return error;
  const { max } = pool.options;
  const streams = carried(pool);
  if (streams < max) return connectorError(code, `${message} (${max} in the pool)`);
  return connectorError(
    code,
    `${message}: all ${max} of the pool carry streams. A source and a sink of one pipeline need a connection each: raise the pool's size, or give each a pool of its own`,
  );
}

function carried(pool: PgPool): number {
  return carrying.get(pool) ?? 0;
}
