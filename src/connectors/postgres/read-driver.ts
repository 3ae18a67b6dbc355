/** Drives one reading query on a leased connection, and owns its cancel ladder. */
import { connectorError } from '../../errors.ts';
import type { ConnectorError, Outcome } from '../../errors.ts';
import { bounded } from '../../core/deadline.ts';
import type { AbortContext, Lifecycle } from '../../core/lifecycle.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { SourceDriver } from '../../core/source.ts';
import { cancelUntil, leftoverOf, rescue } from './cancel.ts';
import { commitLease } from './commit.ts';
import { classifyPostgresError } from './errors.ts';
import type { Backend, Lease } from './lease.ts';
import type { PgClient, Submittable } from './native.ts';
import type { Connect } from './session.ts';

/** After a cancel, at most so much is read and dropped before the socket is cut instead. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

/** A query whose answer is read bit by bit. */
export interface Reading<C> extends Submittable {
  /** Rows that were read. */
  readonly rowCount: number;
  /** The server has said its last word on this, or is out of reach. */
  readonly isOver: boolean;
  /** The server waits for us: there is nothing under way to be cancelled. */
  readonly isIdle?: boolean;
  /** Resolves at ReadyForQuery; rejects with the server's error, or the connection's. */
  readonly over: Promise<undefined>;
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  /** What has come, or undefined when there is no more: `over` says whether that was all. */
  read(): Promise<C | undefined>;
  /** Reads on and drops everything until the server has said its last word; beyond `maxBytes` the socket is cut. */
  drain(maxBytes: number): Promise<void>;
}

export interface ReadResult {
  readonly rows: number;
  readonly bytes: number;
  readonly durationMs: number;
}

export interface ReadSpec<C> {
  readonly open: (client: PgClient, backend: Backend | undefined) => Reading<C> | Promise<Reading<C>>;
  /** The table that errors may name. */
  readonly table?: string | undefined;
  /** It is no mere reading: `INSERT ... RETURNING`, for one. */
  readonly mayWrite: boolean;
  readonly sizeOf: (chunk: C) => number;
  readonly connect: Connect;
  readonly lifecycle: Lifecycle<ReadResult>;
}

/** Whether the words of a query say that it writes; what a function does, nobody can see in them. */
export function mayWrite(sql: string): boolean {
  return /\b(?:insert|update|delete|merge)\b/i.test(sql);
}

export class ReadDriver<C> implements SourceDriver<ReadResult, C> {
  readonly totalBytes = undefined;
  readonly #spec: ReadSpec<C>;
  readonly #stopped = new AbortController();
  #opening: Promise<Reading<C>> | undefined;
  #lease: Lease | undefined;
  #reading: Reading<C> | undefined;
  #bytes = 0;
  #outcome: Outcome = 'not-done';

  constructor(spec: ReadSpec<C>) {
    this.#spec = spec;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  async pull(): Promise<C | undefined> {
    this.#opening ??= this.#begin();
    const reading = await this.#opening;
    const chunk = await reading.read();
    if (chunk === undefined) await this.#finish(reading);
    else this.#bytes += this.#spec.sizeOf(chunk);
    return chunk;
  }

  result(): ReadResult {
    const { durationMs } = this.#spec.lifecycle.operation;
    return { rows: this.#reading?.rowCount ?? 0, bytes: this.#bytes, durationMs };
  }

  async abort({ signal }: AbortContext): Promise<Leftover | undefined> {
    this.#stopped.abort(this.#spec.lifecycle.deadline.error ?? connectorError('ABORTED', 'the reading was stopped'));
    const lease = this.#lease;
    return lease === undefined ? undefined : rescue(lease, () => this.#interrupt(lease, signal), signal);
  }

  leftover(): Leftover | undefined {
    this.#lease?.destroy();
    return this.#lease === undefined ? undefined : leftoverOf(this.#lease);
  }

  classify(error: unknown): ConnectorError {
    return classifyPostgresError(error, this.#spec.table);
  }

  async #begin(): Promise<Reading<C>> {
    const { connect, open, mayWrite, lifecycle } = this.#spec;
    const { signal } = this.#stopped;
    await connect(signal, (lease) => (this.#lease = lease), { writes: mayWrite ? 'maybe' : 'no' });
    signal.throwIfAborted();
    const lease = this.#lease;
    if (lease === undefined) throw connectorError('UNKNOWN', 'there is no connection');
    const reading = await open(lease.client, lease.backend);
    signal.throwIfAborted();
    this.#reading = reading;
    lease.client.query(reading);
    // The stream has clocks of its own.
    reading.callback?.();
    lifecycle.deadline.enter('transfer');
    return reading;
  }

  /** The server's last words on the query, and the end of the transaction, which is its word that both are complete. */
  async #finish(reading: Reading<C>): Promise<void> {
    const ms = this.#spec.lifecycle.commitMs;
    const { signal } = this.#stopped;
    const end = async (): Promise<void> => {
      await reading.over;
      // Stopped meanwhile: the transaction is rolled back.
      signal.throwIfAborted();
      await this.#commit(signal);
    };
    await bounded(end(), {
      signal,
      timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not end the query in ${ms} ms` },
    });
    this.#lease?.release();
  }

  /** Of a query that may have written, what became of the transaction is told as of a load. */
  async #commit(signal: AbortSignal): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined || !this.#spec.mayWrite) {
      await lease?.commit();
      return;
    }
    this.#outcome = 'unknown';
    try {
      const { commitMs } = this.#spec.lifecycle;
      await commitLease(lease, { commitMs, signal, classify: (error) => this.classify(error) });
    } catch (error) {
      const fault = this.classify(error);
      this.#outcome = fault.outcome;
      throw fault;
    }
    // What was read has yet to be taken.
    this.#outcome = 'not-done';
  }

  /** The first rung: a cancel request, then what was already on its way is read and dropped. */
  async #interrupt(lease: Lease, signal: AbortSignal): Promise<void> {
    const reading = this.#reading;
    if (reading?.isOver === true) return;
    const isIdle = reading?.isIdle === true;
    // First: while the request is on its way the batch may end, and no other one must be asked for.
    const drained = reading?.drain(MAX_DRAINED_BYTES) ?? Promise.resolve();
    if (!isIdle) await cancelUntil(drained, lease, signal);
    await drained;
  }
}
