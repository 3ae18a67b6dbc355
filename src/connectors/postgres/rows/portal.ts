/**
 * One query's rows through a portal ("Extended Query"), a batch at a time. Rows are decoded here as they come off the
 * wire; everything else goes to node-postgres, and so does everything from the end of the rows on.
 */
import type { Batch } from '../../../core/source.ts';
import { connectorError } from '../../../errors.ts';
import { loadPg } from '../native.ts';
import type { ExtendedConnection, Submittable } from '../native.ts';
import { copyRefused, parameterRefused } from '../statements/query-refusals.ts';
import type { Reading } from '../read-driver.ts';
import { rowDecoder } from './row-decoder.ts';
import type { RowMode } from './row-shape.ts';
import type { Field, ParserOf } from './row-decoder.ts';
import { RowReader } from './row-reader.ts';
import type { Read, RowTarget } from './row-reader.ts';
import { WireTap } from '../connection/wire-tap.ts';

export interface PortalSpec {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly rowMode: RowMode;
  /** Rows that are asked for at a time. */
  readonly batchSize: number;
  /** Above so many bytes of rows that nobody has taken, the socket is paused. */
  readonly maxBatchBytes: number;
  readonly parserOf: ParserOf;
}

export class Portal implements Reading<Batch> {
  /** Rows that came: the server counts those of the last batch alone. */
  rowCount = 0;
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  readonly #spec: PortalSpec;
  readonly #query: Submittable;
  readonly #over = Promise.withResolvers<undefined>();
  readonly #target: RowTarget;
  readonly #reader: RowReader;
  #isOver = false;
  /** There are no more rows, but there may be an error yet. */
  #isComplete = false;
  /** What is wrong on our side: a value that its parser refuses, a query of no rows. */
  #failure: unknown;
  #failed = false;
  #connection: ExtendedConnection | undefined;
  #tap: WireTap | undefined;
  #waiting: readonly unknown[] = [];
  #waitingBytes = 0;
  #isSuspended = false;
  #wake: (() => void) | undefined;
  #mayDrop: number | undefined;

  /** `query` is node-postgres' own, for Parse, Bind, Describe and the first Execute. */
  static async open(spec: PortalSpec): Promise<Portal> {
    const { Query } = await loadPg();
    return new Portal(spec, (callback) => {
      const { sql: text, params, batchSize: rows } = spec;
      return new Query({ text, values: [...params], rows, queryMode: 'extended', callback });
    });
  }

  private constructor(spec: PortalSpec, query: (callback: (error: unknown) => void) => Submittable) {
    this.#spec = spec;
    // Called for a parameter that cannot be sent, alone: the answers come here.
    this.#query = query((error) => {
      this.#fail(parameterRefused(error));
    });
    this.#target = { decode: undefined, other: (message) => this.#tap?.pass(message) };
    this.#reader = new RowReader(this.#target);
    // Nobody may be waiting.
    this.#over.promise.catch(() => undefined);
  }

  /** The server has said its last word on this, or is out of reach. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the server waits for us: there is nothing under way to be cancelled. */
  get isIdle(): boolean {
    return this.#isSuspended;
  }

  /** Resolves at ReadyForQuery; rejects with the server's error, or the connection's. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** All rows that have come, or undefined when there are no more: `over` says whether those were all. */
  async read(): Promise<Batch | undefined> {
    while (this.#waiting.length === 0) {
      if (this.#failed) throw this.#failure;
      if (this.#isComplete || this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const batch = { rows: this.#waiting, bytes: this.#waitingBytes };
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#tap?.resume();
    this.#fetch();
    return batch;
  }

  /** Reads on and drops everything until the server has said its last word; beyond `maxBytes` the socket is cut. */
  async drain(maxBytes: number): Promise<void> {
    this.#mayDrop = maxBytes;
    this.#target.decode = undefined;
    this.#waiting = [];
    this.#tap?.resume();
    if (this.#isSuspended) this.#connection?.sync();
    await this.#over.promise.catch(() => undefined);
  }

  /** An error is for node-postgres to report. */
  submit(connection: ExtendedConnection): Error | null | undefined {
    this.#connection = connection;
    this.#tap = WireTap.open(connection, this.#onData);
    if (this.#tap === undefined) return connectorError('CONFIG_INVALID', "the client's connection is read by nobody");
    return this.#query.submit(connection);
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const { rowMode, parserOf } = this.#spec;
    const decode = rowDecoder(fields, rowMode, parserOf);
    this.#target.decode = (bytes, start, end) => {
      try {
        return decode(bytes, start, end);
      } catch (error) {
        this.#target.decode = undefined;
        this.#fail(error);
        return undefined;
      }
    };
  }

  handlePortalSuspended(connection: ExtendedConnection): void {
    // What came before it is counted first.
    this.#isSuspended = true;
    if (this.#mayDrop !== undefined) connection.sync();
  }

  handleCommandComplete(_message: unknown, connection: ExtendedConnection): void {
    connection.sync();
  }

  handleEmptyQuery(connection: ExtendedConnection): void {
    connection.sync();
  }

  handleCopyInResponse(connection: ExtendedConnection): void {
    this.#fail(copyRefused());
    connection.sendCopyFail('COPY is no query of rows');
  }

  handleCopyData(): void {
    this.#fail(copyRefused());
  }

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.#over.resolve(undefined);
    this.#changed();
  }

  handleError(error: unknown, connection?: ExtendedConnection): void {
    this.#isOver = true;
    this.#isComplete = true;
    this.#over.reject(error);
    // After an error the server skips everything up to here.
    connection?.sync();
    this.#changed();
  }

  readonly #onData = (bytes: Buffer): void => {
    const read = this.#take(bytes);
    if (read === undefined) return;
    this.#put(read);
    this.#fetch();
    if (read.rest !== undefined) {
      this.#isComplete = true;
      this.#tap?.close(read.rest);
    }
    this.#changed();
  };

  /** Of what cannot be read, nobody knows where the next message begins. */
  #take(bytes: Buffer): Read | undefined {
    try {
      return this.#reader.take(bytes);
    } catch (error) {
      this.#fail(error);
      this.#tap?.destroy();
      return undefined;
    }
  }

  #put({ rows, bytes }: Read): void {
    if (this.#mayDrop !== undefined) {
      this.#mayDrop -= bytes;
      if (this.#mayDrop < 0) this.#tap?.destroy();
      return;
    }
    this.rowCount += rows.length;
    this.#waitingBytes += bytes;
    if (this.#waiting.length === 0) this.#waiting = rows;
    else this.#waiting = this.#waiting.concat(rows);
    if (this.#waitingBytes >= this.#spec.maxBatchBytes) this.#tap?.pause();
  }

  /** Asks for the next batch once half of the last one, or less, is still here. */
  #fetch(): void {
    const { batchSize, maxBatchBytes } = this.#spec;
    if (!this.#isSuspended || this.#mayDrop !== undefined || this.#failed) return;
    if (this.#waiting.length > batchSize / 2 || this.#waitingBytes >= maxBatchBytes) return;
    this.#isSuspended = false;
    const { stream } = this.#connection ?? {};
    stream?.cork();
    this.#connection?.execute({ portal: '', rows: batchSize });
    this.#connection?.flush();
    stream?.uncork();
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#failure = error;
    this.#failed = true;
    this.#changed();
  }

  #changed(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
