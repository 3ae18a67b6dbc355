/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { bounded } from '../../core/deadline.ts';
import type { PostgresProfile } from './config.ts';
import { classifyPostgresError } from './errors.ts';
import { closePoolsOf } from './native.ts';
import type { PgPool } from './native.ts';
import { onPool } from './pool.ts';

/** The settings behind a client, for the streams that are made with it. */
export let profileOf: (client: PostgresClient) => PostgresProfile;

/** The pool of one profile. Made by `postgres.client()`; nothing is read, loaded or connected before its first use. */
export class PostgresClient implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<PostgresProfile>;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => PostgresProfile) {
    this.profile = profile;
    this.#lazy = new LazyProfile('postgres', profile, resolve);
  }

  static {
    profileOf = (client) => client.#lazy.use();
  }

  /** Connects, so that what is wrong is known now. */
  async open(): Promise<void> {
    await this.ping();
  }

  /**
   * Milliseconds from a question to the server's answer, over a connection of the pool.
   *
   * @throws ConnectorError with the reason why there is no connection, or no answer.
   */
  async ping(): Promise<number> {
    return (await this.#connect()).ms;
  }

  /** The `pg.Pool` itself, connected; closed with this client. */
  async rawPool(): Promise<PgPool> {
    return (await this.#connect()).pool;
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /** Ends the pool, once connections in use have been given back. Later calls wait for the first. */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => closePoolsOf(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The pool that a connection came from, and how long the server took to answer over it. */
  async #connect(): Promise<{ readonly pool: PgPool; readonly ms: number }> {
    const profile = this.#lazy.use();
    const { pool: poolMs, response: ms } = profile.settings.timeouts;
    try {
      return await onPool(profile, this.profile, async (pool) => {
        const connection = await bounded(pool.connect(), {
          timeout: { ms: poolMs, code: 'POOL_TIMEOUT', message: `no connection became free in ${poolMs} ms` },
          late: (client) => client.release?.(),
        });
        const askedAt = performance.now();
        try {
          await bounded(connection.query('SELECT 1'), {
            timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not answer in ${ms} ms` },
          });
          connection.release?.();
        } catch (error) {
          connection.release?.(true);
          throw error;
        }
        return { pool, ms: performance.now() - askedAt };
      });
    } catch (error) {
      throw classifyPostgresError(error);
    }
  }
}
