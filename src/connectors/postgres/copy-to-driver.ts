/** Drives one COPY TO STDOUT through pg-copy-streams on a leased connection, and owns its cancel ladder. */
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { bounded } from '../../core/deadline.ts';
import type { AbortContext, Lifecycle } from '../../core/lifecycle.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { SourceDriver, SourceHost } from '../../core/source.ts';
import { leftoverOf, rescue, sendCancelRequest } from './cancel.ts';
import type { CopyToResult } from './copy-to.ts';
import { classifyPostgresError } from './errors.ts';
import type { Lease } from './lease.ts';
import { loadCopyStreams } from './native.ts';
import type { CopyOutStream } from './native.ts';
import type { Connect } from './session.ts';

/** Rows come one message each; what has arrived is handed on together. */
const READ_AHEAD_BYTES = 256 * 1024;
/** After a cancel, at most so much is read and dropped before the socket is cut instead. */
const MAX_DRAINED_BYTES = 16 * 1024 * 1024;

export interface CopyToSpec {
  readonly command: string;
  readonly table: string | undefined;
  readonly connect: Connect;
  readonly lifecycle: Lifecycle<CopyToResult>;
  readonly host: SourceHost;
}

export class CopyToDriver implements SourceDriver<CopyToResult> {
  readonly totalBytes = undefined;
  readonly #spec: CopyToSpec;
  readonly #stopped = new AbortController();
  #opening: Promise<CopyOutStream> | undefined;
  #lease: Lease | undefined;
  #copy: CopyOutStream | undefined;
  #failure: unknown;
  #over = false;
  #bytes = 0;
  #wake: (() => void) | undefined;

  constructor(spec: CopyToSpec) {
    this.#spec = spec;
  }

  async pull(): Promise<Buffer | undefined> {
    this.#opening ??= this.#begin();
    const copy = await this.#opening;
    for (;;) {
      const chunk = copy.read();
      if (chunk !== null) {
        this.#bytes += chunk.length;
        return chunk;
      }
      if (this.#over) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#failure !== undefined) throw this.classify(this.#failure);
    await this.#finish();
    return undefined;
  }

  result(): CopyToResult {
    const { durationMs } = this.#spec.lifecycle.operation;
    return { rows: this.#copy?.rowCount ?? 0, bytes: this.#bytes, durationMs };
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

  async #begin(): Promise<CopyOutStream> {
    const { connect, command, lifecycle } = this.#spec;
    const { signal } = this.#stopped;
    const copyStreams = await loadCopyStreams();
    signal.throwIfAborted();
    await connect(signal, (lease) => (this.#lease = lease), false);
    signal.throwIfAborted();
    const copy = copyStreams.to(command, { highWaterMark: READ_AHEAD_BYTES });
    this.#copy = copy;
    copy.on('readable', () => this.#changed());
    copy.on('end', () => this.#ended());
    copy.on('error', (error: unknown) => this.#ended(error));
    this.#lease?.client.query(copy);
    copy.callback?.();
    lifecycle.deadline.enter('transfer');
    return copy;
  }

  /** The end of the transaction is also the server's word that the COPY was complete. */
  async #finish(): Promise<void> {
    const { lifecycle } = this.#spec;
    const ms = lifecycle.commitMs;
    await bounded(this.#lease?.commit() ?? Promise.resolve(), {
      signal: this.#stopped.signal,
      timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not end the COPY in ${ms} ms` },
    });
    this.#lease?.release();
  }

  /** The first rung: a cancel request, then what was already on its way is read and dropped. */
  async #interrupt(lease: Lease, signal: AbortSignal): Promise<void> {
    const copy = this.#copy;
    if (this.#over && copy !== undefined) return;
    await sendCancelRequest(lease.client, signal);
    let drained = 0;
    while (copy !== undefined && !this.#over) {
      const chunk = copy.read();
      drained += chunk?.length ?? 0;
      if (drained > MAX_DRAINED_BYTES) throw connectorError('TOO_LARGE', 'too much was on its way to be drained');
      if (chunk === null) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #ended(error?: unknown): void {
    this.#failure ??= error;
    this.#over = true;
    this.#changed();
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
