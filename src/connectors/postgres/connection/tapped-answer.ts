/** An answer that is read off the wire here, at the pace of whoever takes it; once nobody does, it is dropped. */
import { connectorError } from '../../../errors.ts';
import type { PgConnection } from '../native.ts';
import { ServerAnswer } from './server-answer.ts';
import { WireTap } from './wire-tap.ts';

export abstract class TappedAnswer extends ServerAnswer {
  protected tap: WireTap | undefined;
  /** There are no more data, but there may be an error yet. */
  protected isComplete = false;
  #wake: (() => void) | undefined;
  #mayDrop: number | undefined;

  override handleReadyForQuery(): void {
    super.handleReadyForQuery();
    this.changed();
  }

  override handleError(error: unknown): void {
    super.handleError(error);
    this.changed();
  }

  /** Nobody takes the data any more. */
  protected get isDropped(): boolean {
    return this.#mayDrop !== undefined;
  }

  /** Reads the wire from now on. An error is for node-postgres to report. */
  protected readFrom(connection: PgConnection, onData: (bytes: Buffer) => void): Error | undefined {
    this.tap = WireTap.open(connection, onData);
    if (this.tap === undefined) return connectorError('CONFIG_INVALID', "the client's connection is read by nobody");
    return undefined;
  }

  /** Reads on to the server's last word and drops everything; beyond `maxBytes` the socket is cut. */
  protected async drop(maxBytes: number): Promise<void> {
    this.#mayDrop = maxBytes;
    this.tap?.resume();
    await this.over.catch(() => undefined);
  }

  /** Whether so many bytes that came are dropped. */
  protected drops(bytes: number): boolean {
    if (this.#mayDrop === undefined) return false;
    this.#mayDrop -= bytes;
    if (this.#mayDrop < 0) this.tap?.destroy();
    return true;
  }

  /** Resolves when something came that a reader may be waiting for. */
  protected change(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  protected changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
