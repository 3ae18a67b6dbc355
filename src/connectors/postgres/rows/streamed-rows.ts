/**
 * One query's rows through pg-query-stream, for clients whose wire is not a socket that can be read here: those of
 * drivers over WebSockets, or wrapped by something that reads for them. Slower, and a batch is held whole, whatever its
 * bytes, which nobody counts.
 */
import { importPackage } from '../../../core/optional-package.ts';
import type { Batch } from '../../../core/source.ts';
import type { ConnectorError } from '../../../errors.ts';
import { ServerAnswer } from '../connection/server-answer.ts';
import type { ExtendedConnection, Submittable } from '../native.ts';
import type { RowsSpec } from './rows-spec.ts';
import { copyRefused, parameterRefused, valueRefused } from '../statements/query-refusals.ts';
import type { Reading } from '../read-driver.ts';

/** The part of pg-query-stream's cursor that is used here. */
interface Cursor {
  read(rows: number): Promise<readonly unknown[]>;
  close(done: () => void): void;
}

interface QueryStream extends Submittable {
  readonly cursor: Cursor;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handlePortalSuspended(): void;
  handleCommandComplete(message: unknown): void;
  handleReadyForQuery(): void;
  handleEmptyQuery(): void;
  handleError(error: unknown): void;
}

type QueryStreamClass = new (
  sql: string,
  params: readonly unknown[],
  config: { readonly rowMode?: 'array'; readonly types?: { getTypeParser: RowsSpec['parserOf'] } },
) => QueryStream;

export class StreamedRows extends ServerAnswer implements Reading<Batch> {
  rowCount = 0;
  readonly #stream: QueryStream;
  readonly #batchSize: number;
  #failure: ConnectorError | undefined;
  /** A batch has ended, and the next one was not asked for; what the cursor says of itself is not true of its first. */
  #isSuspended = false;
  #isDropping = false;

  static async open({ sql, params, rowMode, batchSize, parserOf }: RowsSpec): Promise<StreamedRows> {
    const { default: module } = await importPackage(() => import('pg-query-stream'), ['pg-query-stream']);
    const QueryStream = module as unknown as QueryStreamClass;
    const config = { types: { getTypeParser: parserOf }, ...(rowMode === 'array' ? { rowMode } : {}) };
    try {
      return new StreamedRows(new QueryStream(sql, params, config), batchSize);
    } catch (error) {
      throw parameterRefused(error);
    }
  }

  private constructor(stream: QueryStream, batchSize: number) {
    super();
    this.#stream = stream;
    this.#batchSize = batchSize;
  }

  /** The server waits for us. */
  get isIdle(): boolean {
    return this.#isSuspended;
  }

  async read(): Promise<Batch | undefined> {
    this.#isSuspended = false;
    const rows = await this.#stream.cursor.read(this.#batchSize);
    if (this.#failure !== undefined) throw this.#failure;
    this.rowCount += rows.length;
    return rows.length === 0 ? undefined : { rows, bytes: 0 };
  }

  async drain(): Promise<void> {
    this.#isDropping = true;
    if (this.#isSuspended) this.#close();
    await this.over.catch(() => undefined);
  }

  submit(connection: ExtendedConnection): Error | null | undefined {
    return this.#stream.submit(connection);
  }

  handleRowDescription(message: unknown): void {
    this.#stream.handleRowDescription(message);
  }

  handleDataRow(message: unknown): void {
    if (this.#failure !== undefined) return;
    try {
      this.#stream.handleDataRow(message);
    } catch (error) {
      this.#failure = valueRefused(error, undefined);
    }
  }

  handlePortalSuspended(): void {
    this.#stream.handlePortalSuspended();
    this.#isSuspended = true;
    if (this.#isDropping) this.#close();
  }

  handleCommandComplete(message: unknown): void {
    this.#stream.handleCommandComplete(message);
  }

  handleEmptyQuery(): void {
    this.#stream.handleEmptyQuery();
  }

  handleCopyInResponse(connection: ExtendedConnection): void {
    this.#failure ??= copyRefused();
    connection.sendCopyFail('COPY is no query of rows');
  }

  handleCopyData(): void {
    this.#failure ??= copyRefused();
  }

  override handleReadyForQuery(): void {
    this.#stream.handleReadyForQuery();
    super.handleReadyForQuery();
  }

  override handleError(error: unknown): void {
    this.#stream.handleError(this.#failure ?? error);
    super.handleError(error);
  }

  #close(): void {
    this.#stream.cursor.close(() => undefined);
  }
}
