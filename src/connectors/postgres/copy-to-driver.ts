/** Drives one COPY TO STDOUT on a leased connection, and owns its cancel ladder. */
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { bounded } from '../../core/deadline.ts';
import type { AbortContext, Lifecycle } from '../../core/lifecycle.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { SourceDriver, SourceHost } from '../../core/source.ts';
import { leftoverOf, rescue, sendCancelRequest } from './cancel.ts';
import { CopyOut } from './copy-out.ts';
import type { CopyToResult } from './copy-to.ts';
import { classifyPostgresError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Connect } from './session.ts';

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
  #opening: Promise<CopyOut> | undefined;
  #lease: Lease | undefined;
  #copy: CopyOut | undefined;
  #bytes = 0;

  constructor(spec: CopyToSpec) {
    this.#spec = spec;
  }

  async pull(): Promise<Buffer | undefined> {
    this.#opening ??= this.#begin();
    const copy = await this.#opening;
    const chunk = await copy.read();
    if (chunk === undefined) await this.#finish(copy);
    else this.#bytes += chunk.length;
    return chunk;
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

  async #begin(): Promise<CopyOut> {
    const { connect, command, lifecycle } = this.#spec;
    const { signal } = this.#stopped;
    await connect(signal, (lease) => (this.#lease = lease), false);
    signal.throwIfAborted();
    const copy = new CopyOut(command);
    this.#copy = copy;
    this.#lease?.client.query(copy);
    // The stream has clocks of its own.
    copy.callback?.();
    lifecycle.deadline.enter('transfer');
    return copy;
  }

  /** The server's last words on the COPY, and the end of the transaction, which is its word that both are complete. */
  async #finish(copy: CopyOut): Promise<void> {
    const ms = this.#spec.lifecycle.commitMs;
    const { signal } = this.#stopped;
    const end = async (): Promise<void> => {
      await copy.over;
      // Stopped meanwhile: the transaction is rolled back.
      signal.throwIfAborted();
      await this.#lease?.commit();
    };
    await bounded(end(), {
      signal,
      timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `the server did not end the COPY in ${ms} ms` },
    });
    this.#lease?.release();
  }

  /** The first rung: a cancel request, then what was already on its way is read and dropped. */
  async #interrupt(lease: Lease, signal: AbortSignal): Promise<void> {
    const copy = this.#copy;
    if (copy?.isOver === true) return;
    await sendCancelRequest(lease.client, signal);
    await copy?.drain(MAX_DRAINED_BYTES);
  }
}
