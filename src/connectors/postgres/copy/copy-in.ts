/**
 * One COPY FROM STDIN on node-postgres' wire, its messages framed here: header and bytes go to the kernel in one call,
 * and no byte is copied on the way. The rest of the protocol stays with node-postgres, which runs this as a query.
 */
import { connectorError } from '../../../errors.ts';
import { copyDataFrames } from './copy-data.ts';
import type { PgConnection } from '../native.ts';

const COPY_DONE = Buffer.of(0x63, 0, 0, 0, 4);

export class CopyIn {
  /** Rows that the server said it loaded. */
  rowCount = 0;
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  readonly #command: string;
  readonly #onError: (error: unknown) => void;
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #ended = Promise.withResolvers<undefined>();
  #connection: PgConnection | undefined;
  #state: 'starting' | 'receiving' | 'finishing' | 'over' = 'starting';
  #failure: { readonly error: unknown } | undefined;
  #stopWords: string | undefined;

  /** `onError` hears once of a failure, which also rejects whatever waits; not after `stop`. */
  constructor(command: string, onError: (error: unknown) => void) {
    this.#command = command;
    this.#onError = onError;
    // Nobody may be waiting.
    this.#begun.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
  }

  /** What the server is doing, which decides how it is interrupted. */
  get state(): 'starting' | 'receiving' | 'finishing' | 'over' {
    return this.#state;
  }

  /** Sends `chunks` as they are, in one write; resolves when the kernel has them all. They must not change until then. */
  async send(chunks: readonly Buffer[]): Promise<void> {
    const frames = copyDataFrames(chunks);
    if (frames.length === 0) return;
    await this.#write(frames);
  }

  /** Sends CopyDone; resolves at ReadyForQuery, when the server has checked every row. */
  async finish(): Promise<void> {
    await this.#begun.promise;
    if (this.#state === 'receiving') this.#state = 'finishing';
    await this.#write([COPY_DONE]);
    await this.#ended.promise;
  }

  /** Has the server end the COPY, now or as soon as it has begun, with an error that says `words`. */
  stop(words: string): void {
    this.#stopWords ??= words;
    if (this.#state !== 'receiving') return;
    this.#state = 'finishing';
    this.#connection?.sendCopyFail(words);
  }

  submit(connection: PgConnection): void {
    this.#connection = connection;
    connection.query(this.#command);
  }

  handleCopyInResponse(connection: PgConnection): void {
    this.#state = this.#stopWords === undefined ? 'receiving' : 'finishing';
    if (this.#stopWords !== undefined) connection.sendCopyFail(this.#stopWords);
    this.#begun.resolve(undefined);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#state = 'over';
    this.#begun.reject(connectorError('SERVER_ERROR', 'the server ended the COPY before it began'));
    this.#ended.resolve(undefined);
  }

  /** The server's ErrorResponse, a broken connection, or a clock of node-postgres'. */
  handleError(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#state = 'over';
    this.#begun.reject(error);
    this.#ended.reject(error);
    if (this.#stopWords === undefined) this.#onError(error);
  }

  async #write(frames: readonly Buffer[]): Promise<void> {
    await this.#begun.promise;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#stopWords !== undefined) throw connectorError('ABORTED', 'the COPY was stopped');
    const wire = this.#connection?.stream;
    await new Promise<void>((resolve, reject) => {
      const last = frames.length - 1;
      wire?.cork();
      for (const [index, frame] of frames.entries()) {
        if (index < last) wire?.write(frame);
        else wire?.write(frame, (error) => (error === undefined || error === null ? resolve() : reject(error)));
      }
      wire?.uncork();
    });
  }
}
