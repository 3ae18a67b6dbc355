/** A transaction, or a savepoint in one: the same ways to ask, on one connection, and an end. */
import { call } from '../../core/call.ts';
import { bounded } from '../../core/deadline.ts';
import { parseDuration } from '../../core/duration.ts';
import type { Source } from '../../core/source.ts';
import { connectorError, withDetails } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { callInfo, serverAttributes } from './attributes.ts';
import { runBatches } from './statements/batches.ts';
import type { ParameterSets } from './statements/batches.ts';
import { classifyPostgresError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Parameters } from './statements/parameters.ts';
import { Queries } from './statements/queries.ts';
import type { StatementAnswer, StatementOptions, StatementRequest } from './statements/queries.ts';
import { pgQueryRows } from './query-rows.ts';
import type { PgQueryRowsOptions, QueryRowsResult } from './query-rows.ts';
import { runStatement } from './statements/statement.ts';
import type { StatementSpec } from './statements/statement.ts';
import type { TransactionScope } from './statements/transaction-scope.ts';
import { copied, copyAllFrom, copyAllTo } from './statements/whole-copy.ts';
import type { Copied, CopyFromOptions, CopyInput, CopyOutput, CopyToOptions } from './statements/whole-copy.ts';

/** Options of a stream that has its client. */
export type OwnedStreamOptions<O> = Omit<O, 'client' | 'profile' | 'config'>;

const IN_TRANSACTION = { limited: true, autocommit: false, idempotent: false };

/** All there is to a transaction of its own, which reports it. */
export let manyIn: (tx: Transaction, sql: string, sets: ParameterSets) => Promise<number>;

/** How a level ends. */
export interface Ending {
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * One connection, which all of its statements share: those that are asked for at once wait for each other. `await using`
 * rolls back what was not committed.
 */
export class Transaction extends Queries implements AsyncDisposable {
  readonly #scope: TransactionScope;
  readonly #ending: Ending;
  #ended: Promise<void> | undefined;

  constructor(scope: TransactionScope, ending: Ending) {
    super();
    this.#scope = scope;
    this.#ending = ending;
    scope.current = this;
  }

  /** It was committed, or rolled back, or one of them is under way. */
  get isOver(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Makes it durable; of a savepoint, a part of what it is in.
   *
   * @throws ConnectorError, with nothing done; or `COMMIT_UNKNOWN` when the answer was lost and the server could not be asked.
   */
  async commit(): Promise<void> {
    this.#assertUsable();
    this.#ended = this.#ending.commit();
    await this.#ended;
  }

  /** Undoes it, and cancels what runs. Idempotent, and harmless after the end. */
  async rollback(): Promise<void> {
    // A commit that failed has told whoever asked for it.
    await (this.#ended ??= this.#ending.rollback()).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rollback();
  }

  /** A savepoint: commits on return, and rolls back to where it began when `fn` throws, which comes back unchanged. */
  async transaction<T>(fn: (tx: Transaction) => Promise<T> | T): Promise<T> {
    return within(await this.begin(), fn, this.#scope.spec.deadline.signal);
  }

  /** A savepoint to be committed or rolled back by hand, or by `await using`. */
  async begin(): Promise<Transaction> {
    this.#assertUsable();
    const scope = this.#scope;
    const name = scope.nextSavepoint();
    await this.#command(`SAVEPOINT ${name}`);
    const back = (): void => void (scope.current = this);
    const leave = (sql: string) => () => inner.#command(sql).finally(back);
    const inner: Transaction = new Transaction(scope, {
      commit: leave(`RELEASE SAVEPOINT ${name}`),
      rollback: leave(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`),
    });
    return inner;
  }

  /** `pgQueryRows` in this transaction: nothing else can be asked for while it is read. */
  queryRows(
    sql: string,
    params?: Parameters,
    options: OwnedStreamOptions<PgQueryRowsOptions> = {},
  ): Source<QueryRowsResult> {
    this.#assertUsable();
    const given = { ...options, ...this.#streaming(options.signal) };
    const rows = this.#scope.reporting(() => pgQueryRows(sql, params, given));
    this.#scope.hold(rows.settled);
    return rows;
  }

  /** Loads all of `source` into a table, as `pgCopyFrom` does, and says how many rows. They are a part of this transaction. */
  copyFrom(table: string, source: CopyInput, options: CopyFromOptions = {}): Promise<number> {
    return this.#copying(() => copyAllFrom({ ...options, table, ...this.#streaming(options.signal) }, source));
  }

  /** Hands all of a table, or of a query, to `destination`, as `pgCopyTo` does, and says how many rows. */
  copyTo(from: Copied, destination: CopyOutput, options: CopyToOptions = {}): Promise<number> {
    return this.#copying(() =>
      copyAllTo({ ...options, ...copied(from), ...this.#streaming(options.signal) }, destination),
    );
  }

  protected async run(
    { operation, text, values, ...form }: StatementRequest,
    options: StatementOptions,
  ): Promise<StatementAnswer> {
    return this.#asked(operation, options, async (lease, spec) => {
      const { result, counts } = await runStatement(lease, { ...spec, ...form, text, bindings: [values] });
      const rowCount = counts.at(-1) ?? 0;
      return [{ rows: result?.rows ?? [], rowCount }, rowCount];
    });
  }

  protected async runMany(sql: string, sets: ParameterSets, options: StatementOptions): Promise<number> {
    return this.#asked('execute_many', options, async (lease, spec) => {
      const rows = await runBatches(lease, sql, sets, spec);
      return [rows, rows];
    });
  }

  static {
    manyIn = async (tx, sql, sets) => {
      const { lease, deadline, lockMs, cleanupMs } = tx.#scope.spec;
      const spec = { ...IN_TRANSACTION, lockMs, cleanupMs, deadline };
      return runBatches(lease, sql, sets, spec);
    };
  }

  /** One operation, in its turn; `work` says how many rows it was. */
  async #asked<T>(
    operation: string,
    options: StatementOptions,
    work: (lease: Lease, spec: Omit<StatementSpec, 'text' | 'bindings'>) => Promise<readonly [T, number]>,
  ): Promise<T> {
    this.#assertUsable();
    if (options.transaction === false) refuse('a statement of a transaction cannot run without one');
    if (options.idempotent === true) refuse('a statement of a transaction is not repeated by itself');
    const { lease, deadline: whole, profile, statementMs, lockMs, cleanupMs } = this.#scope.spec;
    const asked = parseDuration(options.timeout ?? statementMs, 'timeout');
    const timeout = Math.min(asked, whole.remainingMs);
    const limits = {
      ...IN_TRANSACTION,
      lockMs: options.lockTimeout === undefined ? lockMs : parseDuration(options.lockTimeout, 'lockTimeout'),
      cleanupMs,
    };
    const classify = (error: unknown): ConnectorError => whole.error ?? classifyPostgresError(error);
    const signal = this.#signalOf(options.signal);
    return this.#scope.reporting(() =>
      call(callInfo(operation, profile), { signal, timeout }, classify, async ({ deadline, operation: told }) => {
        told.annotate(serverAttributes(lease.client));
        return this.#scope.inTurn(deadline.signal, async () => {
          const [value, rows] = await work(lease, { ...limits, deadline });
          return [value, { rows }];
        });
      }),
    );
  }

  async #copying(copy: () => Promise<number>): Promise<number> {
    this.#assertUsable();
    const scope = this.#scope;
    scope.isCopying = true;
    try {
      await scope.quiet();
      return await scope.reporting(copy);
    } finally {
      scope.isCopying = false;
    }
  }

  /** Without a span: SAVEPOINT and its like, which are the transaction's own. */
  async #command(text: string): Promise<void> {
    const { lease, deadline, profile, cleanupMs } = this.#scope.spec;
    const spec = { limited: false, isScript: true, autocommit: false, idempotent: false, cleanupMs, deadline };
    try {
      await this.#scope.inTurn(deadline.signal, () => runStatement(lease, { ...spec, text, bindings: [[]] }));
    } catch (error) {
      const { connector, operation } = callInfo('transaction', profile);
      const fault = deadline.error ?? classifyPostgresError(error);
      throw withDetails(fault, { connector, operation, profile, stage: deadline.work });
    }
  }

  #streaming(signal: AbortSignal | undefined): { client: object; profile: string; signal: AbortSignal } {
    const { lease, profile } = this.#scope.spec;
    return { client: lease.client, profile, signal: this.#signalOf(signal) };
  }

  #signalOf(signal: AbortSignal | undefined): AbortSignal {
    const ours = [this.#scope.spec.deadline.signal, this.#scope.stop.signal];
    return AbortSignal.any(signal === undefined ? ours : [...ours, signal]);
  }

  #assertUsable(): void {
    this.#scope.spec.deadline.throwIfEnded();
    if (this.isOver) throw connectorError('CLIENT_CLOSED', 'the transaction is over');
    this.#scope.assertFree(this);
  }
}

/**
 * Commits when `fn` has returned, unless it did so by itself, and rolls back when it throws, or the signal fires.
 *
 * @throws what `fn` threw, unchanged.
 */
export async function within<T>(
  tx: Transaction,
  fn: (tx: Transaction) => Promise<T> | T,
  signal: AbortSignal,
): Promise<T> {
  let value: T;
  try {
    value = await bounded(
      Promise.resolve(tx).then((one) => fn(one)),
      { signal },
    );
  } catch (error) {
    await tx.rollback();
    throw error;
  }
  if (!tx.isOver) await tx.commit();
  return value;
}

function refuse(why: string): never {
  throw connectorError('CONFIG_INVALID', why);
}
