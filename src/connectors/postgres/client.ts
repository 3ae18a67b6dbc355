/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { call } from '../../core/call.ts';
import type { Call } from '../../core/call.ts';
import { bounded } from '../../core/deadline.ts';
import type { DeadlineOptions } from '../../core/deadline.ts';
import { callInfo, serverAttributes } from './attributes.ts';
import type { PostgresProfile } from './config.ts';
import { checkOut } from './statements/checked-out.ts';
import type { CheckOutOptions, CheckedOutClient } from './statements/checked-out.ts';
import { clientProfiles } from './connection/client-profiles.ts';
import { runAlone } from './statements/client-statement.ts';
import { classifyPostgresError } from './errors.ts';
import { acquire } from './connection/acquire.ts';
import { kyselyOn } from './statements/kysely.ts';
import type { KyselyOf } from './statements/kysely.ts';
import { closePoolsOf } from './native.ts';
import type { PgPool } from './native.ts';
import { beginTransaction, inTransaction } from './statements/open-transaction.ts';
import type { Owner, TransactionOptions } from './statements/open-transaction.ts';
import type { Parameters } from './statements/parameters.ts';
import { onPool } from './connection/pool.ts';
import { pgQueryRows } from './query-rows.ts';
import type { PgQueryRowsOptions, QueryRowsResult } from './query-rows.ts';
import { manyIn } from './transaction.ts';
import type { OwnedStreamOptions, Transaction } from './transaction.ts';
import { copied, copyAllFrom, copyAllTo } from './statements/whole-copy.ts';
import type { Copied, CopyFromOptions, CopyInput, CopyOutput, CopyToOptions } from './statements/whole-copy.ts';
import type { ParameterSets } from './statements/batches.ts';
import type { Source } from '../../core/source.ts';
import { connectorError } from '../../errors.ts';
import { Queries } from './statements/queries.ts';
import type { StatementAnswer, StatementOptions, StatementRequest } from './statements/queries.ts';

/** The pool of one profile. Made by `postgres.client()`; nothing is read, loaded or connected before its first use. */
export class PostgresClient extends Queries implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<PostgresProfile>;
  readonly #owner: Owner;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => PostgresProfile) {
    super();
    this.profile = profile;
    this.#lazy = new LazyProfile('postgres', profile, resolve);
    this.#owner = { client: this, profile: this.#lazy };
    clientProfiles.set(this, this.#lazy);
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
    return call(callInfo('ping', this.profile), options, classifyPostgresError, async (one) => {
      const { ms } = await this.#connect(one);
      return [ms, {}];
    });
  }

  /** The `pg.Pool` itself, connected; closed with this client. */
  async rawPool(): Promise<PgPool> {
    return (await this.#connect()).pool;
  }

  /**
   * A connection of the pool to have to oneself: a `pg.PoolClient`, which `await using` or `release()` gives back. What
   * runs on it then is cancelled, and a transaction that is open is lost with the connection.
   *
   * @throws ConnectorError with the reason why there is no connection.
   */
  async connection(options: CheckOutOptions = {}): Promise<CheckedOutClient> {
    return checkOut(this.#owner, options);
  }

  /**
   * A Kysely (`kysely`, an optional peer) on the connections of this client, whose `destroy()` does not close them. It
   * reports, retries and cancels nothing by our rules, and its errors are its own.
   *
   * @throws ConfigError `PACKAGE_MISSING`
   */
  kysely<DB = unknown>(): KyselyOf<DB> {
    return kyselyOn<DB>(this.#owner, () => this.rawPool());
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /**
   * Ends the pool, once connections in use have been given back; whoever waits for one gets `CLIENT_CLOSED`. Later calls
   * wait for the first.
   */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => closePoolsOf(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Runs `fn` in a transaction: commits when it has returned, rolls back when it throws, which comes back unchanged.
   *
   * @throws ConnectorError; `COMMIT_UNKNOWN` when the answer to COMMIT was lost and the server could not be asked.
   */
  async transaction<T>(fn: (tx: Transaction) => Promise<T> | T, options: TransactionOptions = {}): Promise<T> {
    return inTransaction(this.#owner, 'transaction', options, fn);
  }

  /** A transaction to be committed by hand; `await using` rolls back what was not committed. */
  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    return beginTransaction(this.#owner, options);
  }

  /** `pgQueryRows` on this client. */
  queryRows(
    sql: string,
    params?: Parameters,
    options: OwnedStreamOptions<PgQueryRowsOptions> = {},
  ): Source<QueryRowsResult> {
    return pgQueryRows(sql, params, { ...options, client: this });
  }

  /** Loads all of `source` into a table in one transaction, as `pgCopyFrom` does, and says how many rows. */
  async copyFrom(table: string, source: CopyInput, options: CopyFromOptions = {}): Promise<number> {
    return copyAllFrom({ ...options, table, client: this }, source);
  }

  /** Hands all of a table, or of a query, to `destination`, as `pgCopyTo` does, and says how many rows. */
  async copyTo(from: Copied, destination: CopyOutput, options: CopyToOptions = {}): Promise<number> {
    return copyAllTo({ ...options, ...copied(from), client: this }, destination);
  }

  protected run(request: StatementRequest, options: StatementOptions): Promise<StatementAnswer> {
    return runAlone(this, this.#owner.profile, request, options);
  }

  protected async runMany(sql: string, sets: ParameterSets, options: StatementOptions): Promise<number> {
    if (options.transaction === false) throw connectorError('CONFIG_INVALID', 'executeMany is one transaction');
    const { timeout = this.#lazy.use().settings.timeouts.statement, ...rest } = options;
    const all = (tx: Transaction): Promise<number> => manyIn(tx, sql, sets);
    return inTransaction(this.#owner, 'execute_many', { ...rest, timeout }, all, { rowsOf: (rows) => rows });
  }

  /** The pool that a connection came from, and how long the server took to answer over it. */
  async #connect(one?: Call): Promise<{ readonly pool: PgPool; readonly ms: number }> {
    const profile = this.#lazy.use();
    const { pool: poolMs, response: ms } = profile.settings.timeouts;
    const signal = one?.deadline.signal;
    try {
      return await onPool(profile, this.profile, async (pool) => {
        one?.deadline.enter('connect');
        one?.operation.annotate(serverAttributes(pool.options));
        const lease = await acquire({ pool }, poolMs, signal);
        one?.operation.annotate(serverAttributes(lease.client));
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
