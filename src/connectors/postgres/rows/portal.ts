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
  /** Rows that were asked for. */
  #asked: number;
  /** Batches that the server has not come to the end of. */
  #underWay = 1;
  /** Rows that were given last, until more are wanted. */
  #given = 0;
  /** A batch has ended before its query: it is one that can be asked for more. */
  #isResumable = false;
  #isSynced = false;
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
    this.#asked = spec.batchSize;
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
    return this.#underWay === 0;
  }

  /** Resolves at ReadyForQuery; rejects with the server's error, or the connection's. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** All rows that have come, or undefined when there are no more: `over` says whether those were all. */
  async read(): Promise<Batch | undefined> {
    this.#given = 0;
    this.#fetch();
    while (this.#waiting.length === 0) {
      if (this.#failed) throw this.#failure;
      if (this.#isComplete || this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const batch = { rows: this.#waiting, bytes: this.#waitingBytes };
    this.#given = batch.rows.length;
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
    if (this.isIdle) this.#sync();
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

  handlePortalSuspended(): void {
    this.#underWay -= 1;
    this.#isResumable = true;
    if (this.#mayDrop !== undefined && this.isIdle) this.#sync();
  }

  handleCommandComplete(): void {
    this.#sync();
  }

  handleEmptyQuery(): void {
    this.#sync();
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

  handleError(error: unknown): void {
    this.#isOver = true;
    this.#isComplete = true;
    this.#over.reject(error);
    // After an error the server skips everything up to here.
    this.#sync();
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

  /**
   * Asks for the next batch while the last one is still under way, so that the server need not wait for us; of rows that
   * are held or on their way there are two batches at most.
   */
  #fetch(): void {
    const { batchSize, maxBatchBytes } = this.#spec;
    if (!this.#isResumable || this.#isComplete || this.#mayDrop !== undefined || this.#failed) return;
    const onTheirWay = this.#asked - this.rowCount;
    if (this.#given + this.#waiting.length + onTheirWay > batchSize) return;
    if (this.#waitingBytes >= maxBatchBytes) return;
    this.#underWay += 1;
    this.#asked += batchSize;
    const { stream } = this.#connection ?? {};
    stream?.cork();
    this.#connection?.execute({ portal: '', rows: batchSize });
    this.#connection?.flush();
    stream?.uncork();
  }

  /** Once: the server answers each with ReadyForQuery. */
  #sync(): void {
    if (!this.#isSynced) this.#connection?.sync();
    this.#isSynced = true;
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
