/** The ways to ask, which a client and a transaction have in common. */
import type { LifecycleOptions } from '../../../core/lifecycle.ts';
import type { RetryOptions } from '../../../core/retry.ts';
import { connectorError } from '../../../errors.ts';
import type { Duration } from '../../../core/duration.ts';
import type { ParameterSets } from './batches.ts';
import { bindParameters } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { scanSql } from './sql-scanner.ts';
import type { FlightSpec } from './flight.ts';
import type { PgResult } from '../native.ts';

export type Row = Record<string, unknown>;

export interface StatementOptions extends Omit<LifecycleOptions, 'timeout'> {
  /** From the call to the end of the answer; the server holds it as well. Default: the profile's `timeouts.statement`, 30 s. */
  readonly timeout?: Duration | undefined;
  /** Tries of connecting, and of the whole where `idempotent` says so. Default: the profile's, 3. */
  readonly retry?: RetryOptions | false | undefined;
  /** It may be done twice: a failure that may pass is tried again although the statement was sent. Default false. */
  readonly idempotent?: boolean | undefined;
  /**
   * False for what cannot run in a transaction, such as VACUUM or CREATE DATABASE. The server then knows of no timeout;
   * ours holds all the same. Default true.
   */
  readonly transaction?: boolean | undefined;
  /** The longest wait for a free connection. Default 10 s. */
  readonly poolTimeout?: Duration | undefined;
  /** The longest wait for a lock. Default 30 s. */
  readonly lockTimeout?: Duration | undefined;
}

export interface QueryOptions extends StatementOptions {
  /** All rows, the first one, or the first `size` of them. Default `'all'`. */
  readonly fetch?: 'all' | 'one' | 'many' | undefined;
  /** With `fetch: 'many'`: the server sends no more rows than these. Default 1,000. */
  readonly size?: number | undefined;
}

/** What is to be run, and as what it is reported. */
export interface StatementRequest extends Pick<FlightSpec, 'isScript' | 'rowMode' | 'maxRows' | 'keptRows'> {
  readonly operation: 'query' | 'execute';
  readonly text: string;
  readonly values: readonly unknown[];
}

export interface StatementAnswer {
  readonly rows: PgResult['rows'];
  /** As the server counted them; of a script, those of its last statement. */
  readonly rowCount: number;
}

/** Values are those of node-postgres, with whatever parsers are set there. */
export abstract class Queries {
  /** Runs one statement. */
  protected abstract run(request: StatementRequest, options: StatementOptions): Promise<StatementAnswer>;
  /** Runs one statement for each set, all or none. */
  protected abstract runMany(sql: string, sets: ParameterSets, options: StatementOptions): Promise<number>;
  /**
   * The rows of a query: all of them, or by `fetch` the first one (undefined where there is none) or the first `size`.
   * Everything is held in memory; `queryRows` reads a large answer bit by bit. Text without parameters may hold several
   * statements, which are done all or not at all; the last one's rows come back.
   *
   * @param params Values of `$1`, `$2`, ..., or an object with those of `:name`.
   * @throws ConnectorError; `outcome` is `unknown` where the answer was lost, and the statement may have been committed.
   */
  query<R extends object = Row>(
    sql: string,
    params: Parameters | undefined,
    options: QueryOptions & { readonly fetch: 'one' },
  ): Promise<R | undefined>;
  query<R extends object = Row>(
    sql: string,
    params?: Parameters,
    options?: QueryOptions & { readonly fetch?: 'all' | 'many' | undefined },
  ): Promise<R[]>;
  async query(sql: string, params?: Parameters, options: QueryOptions = {}): Promise<unknown> {
    const { rows } = await this.run(request('query', sql, params, bounds(options)), options);
    return options.fetch === 'one' ? rows[0] : rows;
  }

  /** The first row, or undefined where there is none. */
  queryOne<R extends object = Row>(
    sql: string,
    params?: Parameters,
    options: StatementOptions = {},
  ): Promise<R | undefined> {
    return this.query<R>(sql, params, { ...options, fetch: 'one' });
  }

  /** The first column of the first row, or undefined where there is no row. */
  async queryValue<V = unknown>(
    sql: string,
    params?: Parameters,
    options: StatementOptions = {},
  ): Promise<V | undefined> {
    const { rows } = await this.run(request('query', sql, params, { keptRows: 1, rowMode: 'array' }), options);
    return (rows[0] as readonly V[] | undefined)?.[0];
  }

  /** Runs a statement and says how many rows it touched: 0 where the server counts none, as for CREATE TABLE. */
  async execute(sql: string, params?: Parameters, options: StatementOptions = {}): Promise<number> {
    return (await this.run(request('execute', sql, params, { keptRows: 0 }), options)).rowCount;
  }

  /**
   * Runs a statement once for each of `sets`, which are read bit by bit, in one transaction: all of them, or none. Says
   * how many rows were touched in all. For many rows `copyFrom` is several times as fast.
   */
  async executeMany(sql: string, sets: ParameterSets, options: StatementOptions = {}): Promise<number> {
    return this.runMany(sql, sets, options);
  }
}

function request(
  operation: StatementRequest['operation'],
  sql: string,
  params: Parameters | undefined,
  more: Partial<StatementRequest>,
): StatementRequest {
  const bound = bindParameters(sql, params);
  // Of what is no script nobody need look at every word.
  const isScript = bound.values.length === 0 && /;\s*\S/.test(sql) && scanSql(sql).isScript;
  if (isScript && more.maxRows !== undefined) refuse("fetch: 'many' takes one statement");
  return { operation, ...bound, isScript, ...more };
}

function bounds({ fetch = 'all', size }: QueryOptions): Partial<StatementRequest> {
  if (fetch !== 'many' && size !== undefined) refuse("size needs fetch: 'many'");
  if (!['all', 'one', 'many'].includes(fetch)) refuse("fetch must be 'all', 'one' or 'many'");
  if (fetch === 'all') return {};
  if (fetch === 'one') return { keptRows: 1 };
  const most = size ?? 1_000;
  if (!Number.isInteger(most) || most < 1) refuse(`size must be a whole number of at least 1, not ${most}`);
  return { maxRows: most };
}

function refuse(why: string): never {
  throw connectorError('CONFIG_INVALID', why);
}
