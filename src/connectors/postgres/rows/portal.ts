/**
 * One query's rows through a portal ("Extended Query"), a batch at a time. Rows are decoded here as they come off the
 * wire; everything else goes to node-postgres, and so does everything from the end of the rows on.
 */
import type { Batch } from '../../../core/source.ts';
import { TappedAnswer } from '../connection/tapped-answer.ts';
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

/** The answer of a statement that returns no rows. */
const NO_DATA = 0x6e;

export class Portal extends TappedAnswer implements Reading<Batch> {
  readonly #spec: RowsSpec;
  readonly #query: Submittable;
  readonly #target: RowTarget;
  readonly #reader: RowReader;
  /** What is wrong on our side: a value that its parser refuses, a query of no rows. */
  #failure: unknown;
  #failed = false;
  #connection: ExtendedConnection | undefined;
  /** Where the columns are asked for before their rows are. */
  readonly #statement: DescribedStatement | undefined;
  readonly #queue: RowQueue;
  #isSynced = false;

  /** `query` is node-postgres' own, for Parse and the parameters, and where dates are texts for all up to the first Execute. */
  static async open(spec: RowsSpec): Promise<Portal> {
    const { Query } = await loadPg();
    return new Portal(spec, (callback) => {
      const { sql: text, params, batchSize: rows } = spec;
      return new Query({ text, values: [...params], rows, queryMode: 'extended', callback });
    });
  }

  private constructor(spec: RowsSpec, query: (callback: (error: unknown) => void) => Submittable) {
    super();
    this.#spec = spec;
    this.#queue = new RowQueue(spec);
    // Called for a parameter that cannot be sent, alone: the answers come here.
    this.#query = query((error) => {
      this.#fail(parameterRefused(error));
    });
    this.#statement = spec.binaryDates ? new DescribedStatement(this.#query) : undefined;
    this.#target = { decode: undefined, other: (message) => this.#other(message) };
    this.#reader = new RowReader(this.#target);
  }

  /** Rows that came: the server counts those of the last batch alone. */
  get rowCount(): number {
    return this.#queue.rowCount;
  }

  /** Whether the server waits for us: there is nothing under way to be cancelled. */
  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  /** All rows that have come, or undefined when there are no more: `over` says whether those were all. */
  async read(): Promise<Batch | undefined> {
    this.#queue.wantMore();
    this.#fetch();
    while (this.#queue.isEmpty) {
      if (this.#failed) throw this.#failure;
      if (this.isComplete || this.isOver) return undefined;
      await this.change();
    }
    const batch = this.#queue.take();
    this.tap?.resume();
    this.#fetch();
    return batch;
  }

  /** Reads on and drops everything until the server has said its last word; beyond `maxBytes` the socket is cut. */
  async drain(maxBytes: number): Promise<void> {
    this.#target.decode = undefined;
    this.#queue.drop();
    const dropped = this.drop(maxBytes);
    if (this.isIdle) this.#sync();
    await dropped;
  }

  /** An error is for node-postgres to report. */
  submit(connection: ExtendedConnection): Error | null | undefined {
    this.#connection = connection;
    return this.readFrom(connection, this.#onData) ?? (this.#statement ?? this.#query).submit(connection);
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
    if (this.isDropped && this.isIdle) this.#sync();
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

  override handleError(error: unknown): void {
    this.isComplete = true;
    super.handleError(error);
    // After an error the server skips everything up to here.
    this.#sync();
  }

  #other(message: Buffer): void {
    this.tap?.pass(message);
    if (message[0] === NO_DATA) this.#start([]);
  }

  /** Asks for the first rows, now that their columns are known. */
  #start(fields: readonly Field[]): void {
    const bound = this.#statement?.bind(fields);
    if (bound === undefined) return;
    if (this.isDropped) this.#sync();
    else this.#execute(bound);
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
      this.isComplete = true;
      this.tap?.close(read.rest);
    }
    this.changed();
  };

  /** Of what cannot be read, nobody knows where the next message begins. */
  #take(bytes: Buffer): Read | undefined {
    try {
      return this.#reader.take(bytes);
    } catch (error) {
      this.#fail(error);
      this.tap?.destroy();
      return undefined;
    }
  }

  #put({ rows, bytes }: Read): void {
    if (this.drops(bytes)) return;
    this.#queue.put(rows, bytes);
    if (this.#queue.isFull) this.tap?.pause();
  }

  /** Asks for the next batch while the last one is still under way, so that the server need not wait for us. */
  #fetch(): void {
    if (!this.isComplete && !this.isDropped && !this.#failed && this.#queue.ask()) this.#execute();
  }

  /** Once: the server answers each with ReadyForQuery. */
  #sync(): void {
    if (!this.#isSynced) this.#connection?.sync();
    this.#isSynced = true;
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.#failure = error;
    this.#failed = true;
    this.changed();
  }
}
