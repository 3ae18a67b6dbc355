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
import { DescribedStatement } from './described-statement.ts';
import { reporting, rowDecoder, withBinaryDates } from './row-decoder.ts';
import type { Field } from './row-decoder.ts';
import { RowQueue } from './row-queue.ts';
import type { RowsSpec } from './rows-spec.ts';
import { RowReader } from './row-reader.ts';
import type { Read, RowTarget } from './row-reader.ts';
import { WireTap } from '../connection/wire-tap.ts';

/** The answer of a statement that returns no rows. */
const NO_DATA = 0x6e;

export class Portal implements Reading<Batch> {
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  readonly #spec: RowsSpec;
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
  /** Where the columns are asked for before their rows are. */
  readonly #statement: DescribedStatement | undefined;
  #tap: WireTap | undefined;
  readonly #queue: RowQueue;
  #isSynced = false;
  #wake: (() => void) | undefined;
  #mayDrop: number | undefined;

  /** `query` is node-postgres' own, for Parse and the parameters, and where dates are texts for all up to the first Execute. */
  static async open(spec: RowsSpec): Promise<Portal> {
    const { Query } = await loadPg();
    return new Portal(spec, (callback) => {
      const { sql: text, params, batchSize: rows } = spec;
      return new Query({ text, values: [...params], rows, queryMode: 'extended', callback });
    });
  }

  private constructor(spec: RowsSpec, query: (callback: (error: unknown) => void) => Submittable) {
    this.#spec = spec;
    this.#queue = new RowQueue(spec);
    // Called for a parameter that cannot be sent, alone: the answers come here.
    this.#query = query((error) => {
      this.#fail(parameterRefused(error));
    });
    this.#statement = spec.binaryDates ? new DescribedStatement(this.#query) : undefined;
    this.#target = { decode: undefined, other: (message) => this.#other(message) };
    this.#reader = new RowReader(this.#target);
    // Nobody may be waiting.
    this.#over.promise.catch(() => undefined);
  }

  /** Rows that came: the server counts those of the last batch alone. */
  get rowCount(): number {
    return this.#queue.rowCount;
  }

  /** The server has said its last word on this, or is out of reach. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the server waits for us: there is nothing under way to be cancelled. */
  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** Resolves at ReadyForQuery; rejects with the server's error, or the connection's. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  /** All rows that have come, or undefined when there are no more: `over` says whether those were all. */
  async read(): Promise<Batch | undefined> {
    this.#queue.wantMore();
    this.#fetch();
    while (this.#queue.isEmpty) {
      if (this.#failed) throw this.#failure;
      if (this.#isComplete || this.#isOver) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const batch = this.#queue.take();
    this.#tap?.resume();
    this.#fetch();
    return batch;
  }

  /** Reads on and drops everything until the server has said its last word; beyond `maxBytes` the socket is cut. */
  async drain(maxBytes: number): Promise<void> {
    this.#mayDrop = maxBytes;
    this.#target.decode = undefined;
    this.#queue.drop();
    this.#tap?.resume();
    if (this.isIdle) this.#sync();
    await this.#over.promise.catch(() => undefined);
  }

  /** An error is for node-postgres to report. */
  submit(connection: ExtendedConnection): Error | null | undefined {
    this.#connection = connection;
    this.#tap = WireTap.open(connection, this.#onData);
    if (this.#tap === undefined) return connectorError('CONFIG_INVALID', "the client's connection is read by nobody");
    return (this.#statement ?? this.#query).submit(connection);
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    const { rowMode, parserOf } = this.#spec;
    const wanted = this.#statement === undefined ? fields : withBinaryDates(fields, parserOf);
    this.#start(wanted);
    this.#target.decode = reporting(rowDecoder(wanted, rowMode, parserOf), (error) => {
      this.#target.decode = undefined;
      this.#fail(error);
    });
  }

  handlePortalSuspended(): void {
    this.#queue.suspended();
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

  #other(message: Buffer): void {
    this.#tap?.pass(message);
    if (message[0] === NO_DATA) this.#start([]);
  }

  /** Asks for the first rows, now that their columns are known. */
  #start(fields: readonly Field[]): void {
    const bound = this.#statement?.bind(fields);
    if (bound === undefined) return;
    if (this.#mayDrop === undefined) this.#execute(bound);
    else this.#sync();
  }

  #execute(before?: Buffer): void {
    const { stream } = this.#connection ?? {};
    stream?.cork();
    if (before !== undefined) stream?.write(before);
    this.#connection?.execute({ portal: '', rows: this.#spec.batchSize });
    this.#connection?.flush();
    stream?.uncork();
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
    this.#queue.put(rows, bytes);
    if (this.#queue.isFull) this.#tap?.pause();
  }

  /** Asks for the next batch while the last one is still under way, so that the server need not wait for us. */
  #fetch(): void {
    if (!this.#isComplete && this.#mayDrop === undefined && !this.#failed && this.#queue.ask()) this.#execute();
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
