/** From a profile to an open transaction, and around a whole one: its span, its deadline and its tries. */
import type { ClientProfile } from '../../../config/client-profiles.ts';
import { Call } from '../../../core/call.ts';
import { attempt } from '../../../core/deadline.ts';
import type { Duration } from '../../../core/duration.ts';
import { parseDuration } from '../../../core/duration.ts';
import type { LifecycleOptions } from '../../../core/lifecycle.ts';
import { retryPolicy, withRetry } from '../../../core/retry.ts';
import type { RetryOptions } from '../../../core/retry.ts';
import { ConnectorError, connectorError } from '../../../errors.ts';
import { callInfo } from '../attributes.ts';
import { rescue } from '../cancel.ts';
import { commitLease } from '../commit.ts';
import type { PostgresProfile } from '../config.ts';
import { classifyPostgresError } from '../errors.ts';
import type { Lease } from '../lease.ts';
import { WORTH_ANOTHER_TRY, connection } from '../session.ts';
import { Transaction, within } from '../transaction.ts';
import type { Ending } from '../transaction.ts';
import { TransactionScope } from './transaction-scope.ts';

export const ISOLATIONS = ['read committed', 'repeatable read', 'serializable'] as const;

export interface TransactionOptions extends LifecycleOptions {
  /** Default: the server's, `read committed`. */
  readonly isolation?: (typeof ISOLATIONS)[number] | undefined;
  /**
   * True where it only reads, on a standby as well. False where it has to write: a server that is read-only is not taken,
   * and connecting is tried again. Default: any server, but no connection that could write once and cannot any more.
   */
  readonly readOnly?: boolean | undefined;
  /** With `serializable` and `readOnly`: waits until it can read without ever failing. */
  readonly deferrable?: boolean | undefined;
  /**
   * Tries of connecting; and, where it is given, of the whole transaction after a serialization failure or deadlock,
   * with `fn` called anew. Default: the profile's, of connecting alone.
   */
  readonly retry?: RetryOptions | false | undefined;
  /** The longest wait for a free connection. Default 10 s. */
  readonly poolTimeout?: Duration | undefined;
  /** The longest wait for a lock. Default 30 s. */
  readonly lockTimeout?: Duration | undefined;
}

/** Whose transaction it is. */
export interface Owner {
  readonly client: object;
  readonly profile: ClientProfile<PostgresProfile>;
}

/** What became of the last try. */
type Ended<T> = { readonly value: T } | { readonly thrown: unknown } | { readonly failed: ConnectorError };

/**
 * Runs `fn` in a transaction of its own.
 *
 * @param ours `fn` is ours: its errors are named as those of any other operation.
 * @throws what `fn` threw, unchanged, or a ConnectorError.
 */
export async function inTransaction<T>(
  owner: Owner,
  operation: string,
  options: TransactionOptions,
  fn: (tx: Transaction) => Promise<T> | T,
  ours?: { readonly rowsOf: (value: T) => number },
): Promise<T> {
  const { settings } = owner.profile.use();
  const open = opening(owner, options);
  const policy = retryPolicy(options.retry ?? settings.retries);
  // Of ours, which reads what can be read once, only connecting is tried again.
  const repeated = ours === undefined && options.retry !== undefined && options.retry !== false;
  const one = new Call(callInfo(operation, owner.profile.name), options);
  const { deadline } = one;
  let isOpen = false;
  let ended: Ended<T> | undefined;
  const once = async (): Promise<void> => {
    isOpen = false;
    const tx = await open(one);
    isOpen = true;
    let threw: { readonly thrown: unknown } | undefined;
    const watched = async (given: Transaction): Promise<T> => {
      try {
        return await one.operation.within(async () => fn(given));
      } catch (thrown) {
        threw = { thrown };
        throw thrown;
      }
    };
    try {
      ended = { value: await within(tx, watched, deadline.signal) };
    } catch (error) {
      ended = threw !== undefined && threw.thrown === error ? threw : { failed: classifyPostgresError(error) };
      const fault = 'failed' in ended ? ended.failed : error;
      // Only an error of ours is ever tried again.
      if (repeated && isSerialization(fault)) throw fault;
    }
  };
  one.operation.start();
  try {
    deadline.throwIfEnded();
    await withRetry(once, policy, {
      signal: deadline.signal,
      repeats: (error) => isOpen || WORTH_ANOTHER_TRY.has(error.code),
      onRetry: (error, n) => one.operation.retry(error, n),
      onPause: () => {
        ended = undefined;
        return deadline.backOff();
      },
    });
  } catch (error) {
    // What comes when a try is over cannot change how it ended.
    ended ??= { failed: classifyPostgresError(error) };
  }
  if (ended !== undefined && 'value' in ended) {
    one.done({ rows: ours?.rowsOf(ended.value) });
    return ended.value;
  }
  const last = ended ?? { failed: connectorError('UNKNOWN', 'the transaction has no end') };
  if ('failed' in last) throw one.failed(last.failed);
  const { thrown } = last;
  const fault = one.failed(thrown instanceof ConnectorError ? thrown : connectorError('ABORTED', 'it was rolled back'));
  throw ours === undefined ? thrown : fault;
}

/** A transaction to be committed or rolled back by hand. */
export async function beginTransaction(owner: Owner, options: TransactionOptions): Promise<Transaction> {
  const open = opening(owner, options);
  const policy = retryPolicy(options.retry ?? owner.profile.use().settings.retries);
  const one = new Call(callInfo('transaction', owner.profile.name), options);
  one.operation.start();
  try {
    one.deadline.throwIfEnded();
    return await withRetry(() => open(one, one), policy, {
      signal: one.deadline.signal,
      repeats: ({ code }) => WORTH_ANOTHER_TRY.has(code),
      onRetry: (error, n) => one.operation.retry(error, n),
      onPause: () => one.deadline.backOff(),
    });
  } catch (error) {
    throw one.failed(classifyPostgresError(error));
  }
}

/** Checks the options at once. `told` is ended with the transaction. */
function opening(owner: Owner, options: TransactionOptions): (one: Call, told?: Call) => Promise<Transaction> {
  const { timeouts } = owner.profile.use().settings;
  const { poolTimeout, lockTimeout } = options;
  const connect = connection({ client: owner.client, retry: false, poolTimeout, lockTimeout });
  const writes = options.readOnly === undefined ? 'maybe' : options.readOnly ? 'no' : 'yes';
  const begin = { writes, modes: modesOf(options) } as const;
  const bounds = {
    profile: owner.profile.name,
    statementMs: timeouts.statement,
    lockMs: lockTimeout === undefined ? timeouts.lock : parseDuration(lockTimeout, 'lockTimeout'),
    cleanupMs: parseDuration(options.cleanupTimeout ?? '5s', 'cleanupTimeout'),
    commitMs: parseDuration(options.commitTimeout ?? '30s', 'commitTimeout'),
  };
  return async ({ deadline, operation }, told) => {
    let lease: Lease | undefined;
    try {
      await connect({ deadline, operation })(deadline.signal, (taken) => (lease = taken), begin);
    } catch (error) {
      if (lease !== undefined) await undo(lease, bounds.cleanupMs);
      throw error;
    }
    if (lease === undefined) throw connectorError('UNKNOWN', 'there is no connection');
    const scope = new TransactionScope({ ...bounds, lease, deadline, operation: told?.operation });
    const tx = new Transaction(scope, ending(scope, told));
    const onDeadline = (): void => void tx.rollback();
    deadline.signal.addEventListener('abort', onDeadline);
    scope.stop.signal.addEventListener('abort', () => deadline.signal.removeEventListener('abort', onDeadline));
    if (deadline.error === undefined) deadline.enter('transfer');
    else await tx.rollback();
    deadline.throwIfEnded();
    return tx;
  };
}

/** COMMIT and ROLLBACK of the whole. */
function ending(scope: TransactionScope, told: Call | undefined): Ending {
  const { lease, deadline, cleanupMs, commitMs } = scope.spec;
  const commit = async (): Promise<void> => {
    await scope.quiet();
    await scope.end();
    try {
      deadline.enter('commit');
      const message = 'the COMMIT was sent and not answered in time';
      await attempt((signal) => commitLease(lease, { commitMs, classify: classifyPostgresError, signal }), {
        timeout: { ms: commitMs, code: 'COMMIT_TIMEOUT', message, outcome: 'unknown' },
      });
    } catch (error) {
      await undo(lease, cleanupMs);
      throw error;
    }
  };
  return {
    async commit() {
      try {
        await commit();
      } catch (error) {
        const fault = classifyPostgresError(error);
        throw told?.failed(fault) ?? fault;
      }
      told?.done({});
    },
    async rollback() {
      await scope.end();
      await undo(lease, cleanupMs);
      told?.failed(deadline.error ?? connectorError('ABORTED', 'it was rolled back'));
    },
  };
}

/** Rolls back and gives the connection back, or cuts it off; of one that is gone already nothing is left to do. */
async function undo(lease: Lease, ms: number): Promise<void> {
  if (lease.isDestroyed) return;
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: 'the clean-up took too long' } as const;
  const nothingRuns = (): Promise<void> => Promise.resolve();
  await attempt((signal) => rescue(lease, nothingRuns, signal), { timeout }).catch(() => lease.destroy());
}

function modesOf({ isolation, readOnly, deferrable }: TransactionOptions): string {
  if (isolation !== undefined && !ISOLATIONS.includes(isolation)) {
    throw connectorError('CONFIG_INVALID', `isolation must be one of ${ISOLATIONS.join(', ')}`);
  }
  const modes = [
    isolation === undefined ? '' : `ISOLATION LEVEL ${isolation.toUpperCase()}`,
    readOnly === undefined ? '' : readOnly ? 'READ ONLY' : 'READ WRITE',
    deferrable === undefined ? '' : deferrable ? 'DEFERRABLE' : 'NOT DEFERRABLE',
  ];
  return modes.filter((mode) => mode !== '').join(', ');
}

function isSerialization(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.code === 'SERIALIZATION_FAILURE' && error.outcome === 'not-done';
}
