/** The one connection of a transaction and all its savepoints: whose turn it is, and what stops everything on it. */
import { bounded } from '../../../core/deadline.ts';
import type { Deadline } from '../../../core/deadline.ts';
import type { Operation } from '../../../core/operation.ts';
import { connectorError } from '../../../errors.ts';
import { isCarrying } from '../connection/acquire.ts';
import type { Lease } from '../lease.ts';

export interface ScopeSpec {
  readonly lease: Lease;
  /** Of the whole transaction. */
  readonly deadline: Deadline;
  readonly profile: string;
  /** What its statements are a part of, where they are asked for outside of it: of one that is ended by hand. */
  readonly operation?: Operation | undefined;
  readonly statementMs: number;
  readonly lockMs: number;
  readonly cleanupMs: number;
  readonly commitMs: number;
}

export class TransactionScope {
  readonly spec: ScopeSpec;
  /** Fires when the transaction is rolled back: what still runs is cancelled. */
  readonly stop = new AbortController();
  /** The innermost savepoint that is open, or the transaction itself. */
  current: object | undefined;
  /** A copy of whole data is under way. */
  isCopying = false;
  #savepoints = 0;
  readonly #streams = new Set<Promise<unknown>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(spec: ScopeSpec) {
    this.spec = spec;
  }

  /** @throws PermanentError `CLIENT_BUSY` where waiting for one's turn might be waiting for oneself. */
  assertFree(level: object): void {
    if (this.current !== level) {
      throw connectorError(
        'CLIENT_BUSY',
        'a savepoint of this transaction is open: use the one that its callback is given',
      );
    }
    if (this.isCopying || isCarrying(this.spec.lease.client)) {
      throw connectorError('CLIENT_BUSY', 'a stream of this transaction is open on its one connection: end it first');
    }
  }

  /** Does `work` when all that was asked for before is over. */
  async inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    const over = Promise.withResolvers<undefined>();
    this.#turn = over.promise;
    try {
      await bounded(before, { signal });
      return await work();
    } finally {
      void before.then(() => over.resolve(undefined));
    }
  }

  /** Begins `work`, whose reports are those of a part of this transaction. */
  reporting<T extends object>(work: () => T): T {
    return this.spec.operation?.within(work) ?? work();
  }

  /** Resolves when nothing is under way. */
  async quiet(): Promise<void> {
    await this.#turn;
  }

  /** A stream on the connection, which must not outlive the transaction. */
  hold(settled: Promise<unknown>): void {
    this.#streams.add(settled);
    void settled.then(() => this.#streams.delete(settled));
  }

  /** Cancels what runs, and every stream, used or not; resolves when all of it is over. */
  async end(): Promise<void> {
    this.stop.abort(connectorError('ABORTED', 'the transaction is over'));
    await Promise.all([...this.#streams, this.#turn]);
  }

  nextSavepoint(): string {
    this.#savepoints += 1;
    return `sluice_${this.#savepoints}`;
  }
}
