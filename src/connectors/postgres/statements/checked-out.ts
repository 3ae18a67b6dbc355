/**
 * A connection of a profile's pool in the hands of its user. It goes back only at ReadyForQuery and outside a transaction;
 * else it is cut off, so that the pool's next user gets none that is half used.
 */
import { call } from '../../../core/call.ts';
import { attempt } from '../../../core/deadline.ts';
import type { DeadlineOptions } from '../../../core/deadline.ts';
import type { Duration } from '../../../core/duration.ts';
import type { RetryOptions } from '../../../core/retry.ts';
import { connectorError } from '../../../errors.ts';
import { isCarrying } from '../connection/acquire.ts';
import { callInfo } from '../attributes.ts';
import { GRACE_MS, sendCancelRequest } from '../cancel.ts';
import { classifyPostgresError } from '../errors.ts';
import type { Lease } from '../lease.ts';
import type { PgClient, PgResult } from '../native.ts';
import type { Owner } from './open-transaction.ts';
import type { Row } from './queries.ts';
import { isReady, transactionStatusOf } from '../connection/readiness.ts';
import { connection } from '../session.ts';

/** `signal` and `timeout` are of the wait for the connection, which is its user's after that. */
export interface CheckOutOptions extends DeadlineOptions {
  /** Tries of connecting. Default: the profile's, 3. */
  readonly retry?: RetryOptions | false | undefined;
  /** The longest wait for a free connection. Default 10 s. */
  readonly poolTimeout?: Duration | undefined;
}

/** A `pg.PoolClient`, of which the most used part has types here. Its errors are those of node-postgres. */
export interface CheckedOutClient extends AsyncDisposable {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as node-postgres has it
  query<R extends object = Row>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Pick<PgResult, 'command' | 'rowCount'> & { readonly rows: R[] }>;
  /** A cursor, a stream or a query of node-postgres' own. */
  query<S extends { submit(connection: unknown): void }>(submittable: S): S;
  on(event: string, listener: (value: never) => void): unknown;
  removeListener(event: string, listener: (value: never) => void): unknown;
  /** As disposing of it does, without telling when it is done; with `true` it is cut off in any case. */
  release(destroy?: boolean): void;
  readonly processID: number | null;
}

/** @throws ConnectorError `POOL_TIMEOUT`, `CLIENT_CLOSED`, or why there is no connection. */
export async function checkOut({ client, profile }: Owner, options: CheckOutOptions): Promise<CheckedOutClient> {
  profile.use();
  const { retry, poolTimeout, ...limits } = options;
  const connect = connection({ client, retry, poolTimeout });
  return call(callInfo('connection', profile.name), limits, classifyPostgresError, async (one) => {
    let lease: Lease | undefined;
    try {
      await connect(one)(one.deadline.signal, (taken) => (lease = taken), undefined);
    } catch (error) {
      lease?.release();
      throw error;
    }
    if (lease === undefined) throw connectorError('UNKNOWN', 'there is no connection');
    return [handedOut(lease), {}];
  });
}

function handedOut(lease: Lease): CheckedOutClient {
  const { client } = lease;
  const { release } = client;
  let over: Promise<void> | undefined;
  const end = async (destroy: boolean): Promise<void> => {
    const isGood = !destroy && (await isFree(client));
    if (!isGood && client.readyForQuery !== true) await cancel(client);
    // The pool's own, which the lease calls: a client is not ours once it is back.
    Object.assign(client, { release });
    Reflect.deleteProperty(client, Symbol.asyncDispose);
    if (isGood) lease.release();
    else lease.destroy();
  };
  return Object.assign(client as unknown as CheckedOutClient, {
    release: (destroy = false): void => void (over ??= end(destroy)),
    [Symbol.asyncDispose]: (): Promise<void> => (over ??= end(false)),
  });
}

/** Whether its next user finds it as a new one: nothing runs on it, and it is in no transaction. */
async function isFree(client: PgClient): Promise<boolean> {
  if (isCarrying(client) || !(await isReady(client))) return false;
  const asked = () => transactionStatusOf(client);
  const timeout = { ms: GRACE_MS, code: 'RESPONSE_TIMEOUT', message: 'no word on the transaction' } as const;
  return (await attempt(asked, { timeout }).catch(() => undefined)) === 'I';
}

/** A server that is busy does not notice that nobody listens any more. */
async function cancel(client: PgClient): Promise<void> {
  const timeout = { ms: GRACE_MS, code: 'RESPONSE_TIMEOUT', message: 'no answer to the cancel request' } as const;
  await attempt((signal) => sendCancelRequest(client, signal), { timeout }).catch(() => undefined);
}
