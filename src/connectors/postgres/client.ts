/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { call } from '../../core/call.ts';
import type { Call } from '../../core/call.ts';
import { bounded } from '../../core/deadline.ts';
import type { DeadlineOptions } from '../../core/deadline.ts';
import { describePostgresError, queryAttributes, serverAttributes } from './attributes.ts';
import type { PostgresProfile } from './config.ts';
import { setProfile } from './client-profile.ts';
import type { ClientProfile } from './client-profile.ts';
import { runAlone } from './client-statement.ts';
import { classifyPostgresError } from './errors.ts';
import { acquire } from './lease.ts';
import { closePoolsOf } from './native.ts';
import type { PgPool } from './native.ts';
import { onPool } from './pool.ts';
import { Queries } from './queries.ts';
import type { StatementAnswer, StatementOptions, StatementRequest } from './queries.ts';

/** The pool of one profile. Made by `postgres.client()`; nothing is read, loaded or connected before its first use. */
export class PostgresClient extends Queries implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<PostgresProfile>;
  readonly #profile: ClientProfile;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => PostgresProfile) {
    super();
    this.profile = profile;
    this.#lazy = new LazyProfile('postgres', profile, resolve);
    this.#profile = { name: profile, use: () => this.#lazy.use() };
    setProfile(this, this.#profile);
  }

  /** Connects, so that what is wrong is known now. */
  async open(options: DeadlineOptions = {}): Promise<void> {
    await this.ping(options);
  }

  /**
   * Milliseconds from a question to the server's answer, over a connection of the pool.
   *
   * @throws ConnectorError with the reason why there is no connection, or no answer.
   */
  async ping(options: DeadlineOptions = {}): Promise<number> {
    this.#lazy.use();
    const info = { connector: 'postgres', operation: 'ping', profile: this.profile, attributes: queryAttributes() };
    return call({ ...info, describe: describePostgresError }, options, classifyPostgresError, async (one) => {
      const { ms, pool } = await this.#connect(one);
      one.operation.annotate(serverAttributes(pool.options));
      return [ms, {}];
    });
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

  protected run(request: StatementRequest, options: StatementOptions): Promise<StatementAnswer> {
    return runAlone(this, this.#profile, request, options);
  }

  /** The pool that a connection came from, and how long the server took to answer over it. */
  async #connect(one?: Call): Promise<{ readonly pool: PgPool; readonly ms: number }> {
    const profile = this.#lazy.use();
    const { pool: poolMs, response: ms } = profile.settings.timeouts;
    const signal = one?.deadline.signal;
    try {
      return await onPool(profile, this.profile, async (pool) => {
        one?.deadline.enter('connect');
        const lease = await acquire({ pool }, poolMs, signal);
        const askedAt = performance.now();
        try {
          one?.deadline.enter('transfer');
          await bounded(lease.query('SELECT 1'), {
            signal,
            timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not answer in ${ms} ms` },
          });
          lease.release();
        } catch (error) {
          lease.destroy();
          throw error;
        }
        return { pool, ms: performance.now() - askedAt };
      });
    } catch (error) {
      throw classifyPostgresError(error);
    }
  }
}
