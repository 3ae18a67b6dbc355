/** From a factory's options to an open transaction: which client, within which bounds. */
import type { Layer } from '../../config/layer.ts';
import type { Duration } from '../../core/duration.ts';
import { bounded } from '../../core/deadline.ts';
import { parseDuration } from '../../core/duration.ts';
import type { Lifecycle, LifecycleOptions } from '../../core/lifecycle.ts';
import { retryPolicy, withRetry } from '../../core/retry.ts';
import type { RetryOptions } from '../../core/retry.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError, ErrorCode } from '../../errors.ts';
import { serverAttributes } from './attributes.ts';
import { clientProfiles } from './connection/client-profiles.ts';
import { postgresProfile } from './config.ts';
import { classifyPostgresError } from './errors.ts';
import { acquire } from './connection/acquire.ts';
import type { ClientSource } from './connection/acquire.ts';
import type { Lease, SessionSettings } from './lease.ts';
import { onPool } from './connection/pool.ts';
import type { PgClient, PgPool } from './native.ts';

export interface PostgresStreamOptions extends LifecycleOptions {
  /** Default `'default'`. */
  readonly profile?: string;
  /** Settings of this call alone, over the profile's. */
  readonly config?: Layer;
  /** A `PostgresClient`, or a `pg.Pool`, `pg.Client` or `pg.PoolClient` of yours, instead of a profile; never closed here. */
  readonly client?: object;
  /**
   * Tries of connecting, before anything was sent; nothing is repeated after that. Default: the profile's, 3. A client
   * that was handed in is tried once.
   */
  readonly retry?: RetryOptions | false | undefined;
  /** The longest wait for a free connection. Default 10 s. */
  readonly poolTimeout?: Duration | undefined;
  /** The longest wait for a lock; inside a transaction of the caller's, the caller's setting holds. Default 30 s. */
  readonly lockTimeout?: Duration | undefined;
}

type SessionLifecycle = Pick<Lifecycle<unknown>, 'deadline' | 'operation'>;

/** Opens the session when it is called: a lease on a client, and its transaction begun. */
export type Connect = (
  signal: AbortSignal,
  /** Undefined when a lease is gone again, and nothing of it is left on the server. */
  onLease: (lease: Lease | undefined) => void,
  /** What the transaction is for; undefined where there is to be none. */
  begin: Omit<SessionSettings, 'lockMs'> | undefined,
) => Promise<void>;

/** What may pass while a server starts, fails over or is full. A pool that stays exhausted has had its time. */
export const WORTH_ANOTHER_TRY: ReadonlySet<ErrorCode> = new Set([
  'CONNECTION_FAILED',
  'CONNECTION_LOST',
  'CONNECT_TIMEOUT',
  'RESPONSE_TIMEOUT',
  'SERVER_UNAVAILABLE',
]);

/** What an idle connection may have met while nobody looked. */
const OUTDATED: ReadonlySet<ErrorCode> = new Set(['CONNECTION_LOST', 'SERVER_UNAVAILABLE']);

/** What holds for a client or pool that was handed in, which has no profile. */
const HANDED_IN = {
  timeouts: { pool: 10_000, lock: 30_000, response: 30_000 },
  retries: { attempts: 3 },
} as const;

/**
 * Checks the options at once, before anything listens to a signal.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function connection(options: PostgresStreamOptions): (lifecycle: SessionLifecycle) => Connect {
  const ours = clientProfiles.of(options);
  const profile = ours?.name ?? options.profile ?? 'default';
  const explicit = (value: Duration | undefined, name: string): number | undefined =>
    value === undefined ? undefined : parseDuration(value, name);
  const poolMs = explicit(options.poolTimeout, 'poolTimeout');
  const lockMs = explicit(options.lockTimeout, 'lockTimeout');
  const retry = options.retry === undefined ? undefined : retryPolicy(options.retry);
  const given = options.client === undefined || ours !== undefined ? undefined : handedIn(options.client);
  // A client that failed is not there twice; of a pool there is another one.
  const renewable = given === undefined || 'pool' in given;
  return ({ deadline, operation }) =>
    async (signal, onLease, begin) => {
      const from = given ?? (ours === undefined ? postgresProfile(profile, options.config) : ours.use());
      const { timeouts, retries } = 'settings' in from ? from.settings : HANDED_IN;
      const take = (source: ClientSource): Promise<Lease> => {
        deadline.enter(isExhausted(source) ? 'pool' : 'connect');
        // A server that cannot be reached is named as well; a pool that was handed in may hide which one it is.
        operation.annotate(serverAttributes('client' in source ? source.client : source.pool.options));
        return acquire(source, poolMs ?? timeouts.pool, signal);
      };
      const once = async (): Promise<void> => {
        const lease = await ('settings' in from ? onPool(from, profile, (pool) => take({ pool })) : take(from));
        // Stopped between the arrival of the client and now: nobody else would give it back.
        if (signal.aborted) lease.release();
        signal.throwIfAborted();
        onLease(lease);
        deadline.enter('open');
        operation.annotate(serverAttributes(lease.client));
        if (begin === undefined) return;
        try {
          const { response: ms } = timeouts;
          const backend = await bounded(lease.begin({ lockMs: lockMs ?? timeouts.lock, ...begin }), {
            signal,
            timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not begin a transaction in ${ms} ms` },
          });
          // Found now, it may pass before the first byte: after a failover the next connection leads elsewhere.
          const isRefused =
            begin.writes === 'yes' ? backend.readOnly : begin.writes === 'maybe' && lease.hasTurnedReadOnly;
          if (isRefused && renewable) throw readOnly('25006');
        } catch (error) {
          const refused = classifyPostgresError(error);
          // A standby says of serializable and of READ WRITE transactions that it does not support them.
          const failure = renewable && refused.sqlState === '0A000' ? readOnly('0A000') : refused;
          // What cannot be used again must not go back; what can, or is the caller's own, is left to the driver.
          if (renewable && WORTH_ANOTHER_TRY.has(failure.code)) {
            lease.destroy();
            // A server that has answered finds the connection closed; there is nothing to end.
            if (failure.sqlState !== undefined) onLease(undefined);
            // It may be older than a failover, and so may all that idle: each goes, and none is a try.
            if (lease.reused && OUTDATED.has(failure.code)) {
              await once();
              return;
            }
          }
          throw failure;
        }
      };
      const classified = (): Promise<void> =>
        once().catch((error: unknown) => {
          throw deadline.error ?? classifyPostgresError(error);
        });
      await withRetry(classified, retry ?? retryPolicy(retries), {
        signal,
        repeats: ({ code }) => renewable && WORTH_ANOTHER_TRY.has(code),
        onRetry: (error, attempt) => operation.retry(error, attempt),
        onPause: () => deadline.backOff(),
      });
    };
}

function isExhausted(source: ClientSource): boolean {
  return 'pool' in source && source.pool.idleCount === 0 && source.pool.totalCount >= source.pool.options.max;
}

function readOnly(sqlState: string): ConnectorError {
  return connectorError('SERVER_UNAVAILABLE', `the server is read-only (SQLSTATE ${sqlState})`, { sqlState });
}

function handedIn(client: object): ClientSource {
  if ('totalCount' in client && 'connect' in client) return { pool: client as PgPool };
  if ('query' in client && 'connection' in client) return { client: client as PgClient };
  throw connectorError('CONFIG_INVALID', 'client must be a PostgresClient, a pg.Pool, a pg.Client or a pg.PoolClient');
}
