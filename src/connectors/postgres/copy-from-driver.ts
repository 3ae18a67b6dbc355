/** Drives one COPY FROM STDIN on a leased connection, and owns its cancel ladder. */
import type { ConnectorError } from '../../errors.ts';
import { connectorError } from '../../errors.ts';
import type { AbortContext, Lifecycle } from '../../core/lifecycle.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { SinkDriver, SinkHost } from '../../core/sink.ts';
import { leftoverOf, rescue, sendCancelRequest } from './cancel.ts';
import { commitLease } from './commit.ts';
import type { CopyFromResult, PgCopyFromOptions } from './copy-from.ts';
import { demands } from './copy/copy-command.ts';
import { CopyIn } from './copy/copy-in.ts';
import { csvEndOfDataGuard, textEndOfDataGuard } from './copy/end-of-data.ts';
import type { EndOfDataGuard } from './copy/end-of-data.ts';
import { classifyPostgresError } from './errors.ts';
import type { Lease } from './lease.ts';
import { recordCounter } from './copy/record-counter.ts';
import type { RecordCounter } from './copy/record-counter.ts';
import type { Connect } from './session.ts';

/** The first server that reads a CSV line `\.` as data (release notes of 18). */
const CSV_MARKER_GONE = 180_000;

export interface CopyFromSpec {
  /** The command, or what makes it in the transaction. */
  readonly command: string | ((lease: Lease) => Promise<string>);
  /** The bytes are an encoder's of ours: no end-of-data marker is in them. */
  readonly encoded?: boolean;
  readonly options: PgCopyFromOptions;
  readonly truncate: string | undefined;
  readonly connect: Connect;
  readonly lifecycle: Lifecycle<CopyFromResult>;
  readonly host: SinkHost;
}

export class CopyFromDriver implements SinkDriver<CopyFromResult> {
  readonly #spec: CopyFromSpec;
  readonly #stopped = new AbortController();
  readonly #counter: RecordCounter | undefined;
  #opening: Promise<CopyIn> | undefined;
  #lease: Lease | undefined;
  #copy: CopyIn | undefined;
  #guard: EndOfDataGuard | undefined;
  #bytes = 0;

  constructor(spec: CopyFromSpec) {
    this.#spec = spec;
    const { where, onError } = spec.options;
    if (where !== undefined || onError === 'ignore') this.#counter = recordCounter(spec.options);
  }

  async write(chunks: readonly Buffer[]): Promise<void> {
    const copy = await this.#open();
    const guard = this.#guard;
    const out: Buffer[] = [];
    for (const chunk of chunks) {
      this.#bytes += chunk.length;
      this.#counter?.push(chunk);
      if (guard === undefined) out.push(chunk);
      else for (const piece of guard.push(chunk)) out.push(piece);
    }
    await copy.send(out);
  }

  /** CopyDone and the server's verdict on every row; nothing is committed yet. */
  async flush(): Promise<void> {
    const copy = await this.#open();
    await copy.send(this.#guard?.end() ?? []);
    await copy.finish();
    const { expectedRows } = this.#spec.options;
    if (expectedRows !== undefined && copy.rowCount !== expectedRows) {
      throw connectorError('ROW_COUNT_MISMATCH', `${copy.rowCount} rows were loaded and ${expectedRows} expected`);
    }
  }

  async commit(signal: AbortSignal): Promise<CopyFromResult> {
    const lease = this.#leased();
    const { commitMs } = this.#spec.lifecycle;
    await commitLease(lease, { commitMs, signal, classify: (error) => this.classify(error) });
    return this.#result(lease);
  }

  async abort({ signal, outcome }: AbortContext): Promise<Leftover | undefined> {
    this.#stopped.abort(this.#spec.lifecycle.deadline.error ?? connectorError('ABORTED', 'the load was stopped'));
    const lease = this.#lease;
    if (lease === undefined) return undefined;
    if (outcome === 'unknown') {
      lease.destroy();
      return leftoverOf(lease);
    }
    return rescue(lease, () => this.#interrupt(lease, signal), signal);
  }

  leftover(): Leftover | undefined {
    this.#lease?.destroy();
    return this.#lease === undefined ? undefined : leftoverOf(this.#lease);
  }

  classify(error: unknown): ConnectorError {
    return classifyPostgresError(error, this.#spec.options.table);
  }

  #open(): Promise<CopyIn> {
    this.#opening ??= this.#begin();
    return this.#opening;
  }

  async #begin(): Promise<CopyIn> {
    const { connect, truncate, command, encoded = false, options, lifecycle, host } = this.#spec;
    const { signal } = this.#stopped;
    await connect(signal, (lease) => (this.#lease = lease), { writes: 'yes' });
    signal.throwIfAborted();
    const lease = this.#leased();
    const version = lease.backend?.serverVersion ?? 0;
    const lacking = demands(options).find((demand) => version < demand.version);
    if (lacking !== undefined) {
      const needed = `${lacking.option} needs PostgreSQL ${lacking.version / 10_000} or later`;
      throw connectorError('CONFIG_INVALID', `${needed}, and the server is ${Math.floor(version / 10_000)}`);
    }
    if (truncate !== undefined) await lease.query(truncate);
    signal.throwIfAborted();
    const text = typeof command === 'string' ? command : await command(lease);
    signal.throwIfAborted();
    const { format = 'csv' } = options;
    if (!encoded) {
      if (format === 'csv' && version < CSV_MARKER_GONE) this.#guard = csvEndOfDataGuard(options);
      if (format === 'text') this.#guard = textEndOfDataGuard(options);
    }
    const copy = new CopyIn(text, (error) => {
      // The server has ended the COPY, or is out of reach: there is nothing to interrupt.
      if (!signal.aborted) host.fail(error);
    });
    this.#copy = copy;
    lease.client.query(copy);
    // The stream has clocks of its own.
    copy.callback?.();
    lifecycle.deadline.enter('transfer');
    return copy;
  }

  /** The first rung: CopyFail while the server reads, a cancel request while it works. */
  async #interrupt(lease: Lease, signal: AbortSignal): Promise<void> {
    const copy = this.#copy;
    // The server has ended the COPY, or is out of reach: there is nothing to interrupt.
    if (copy?.state === 'over') return;
    if (copy?.state !== 'receiving') await sendCancelRequest(lease.client, signal);
    // The text goes into the server's log: it never is a user's error message.
    copy?.stop('COPY was aborted by the client');
  }

  #result(lease: Lease): CopyFromResult {
    const rows = this.#copy?.rowCount ?? 0;
    return {
      rows,
      skipped: this.#counter === undefined ? 0 : this.#counter.records() - rows,
      bytes: this.#bytes,
      durationMs: this.#spec.lifecycle.operation.durationMs,
      durable: lease.savepoint === undefined,
    };
  }

  #leased(): Lease {
    if (this.#lease === undefined) throw connectorError('UNKNOWN', 'there is no connection');
    return this.#lease;
  }
}
