/** Encodes rows in front of a COPY. While one block of bytes is on its way the next is made, and no third. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ConnectorError } from '../../errors.ts';
import type { AbortContext, Lifecycle } from '../../core/lifecycle.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { SinkDriver, SinkHost, SinkProgress } from '../../core/sink.ts';
import { copyFromCommand } from './copy/copy-command.ts';
import { CopyFromDriver } from './copy-from-driver.ts';
import type { CopyRowsResult, PgCopyRowsOptions } from './copy-rows.ts';
import { RowEncoder } from './encoding/row-encoder.ts';
import type { CopyRow } from './encoding/row-encoder.ts';
import { binaryFormat, textFormat } from './encoding/row-format.ts';
import { classifyPostgresError } from './errors.ts';
import { quoteTable } from './identifiers.ts';
import type { Lease } from './lease.ts';
import { loadedColumns } from './copy/loaded-columns.ts';
import type { Connect } from './session.ts';
import { tableColumns } from './copy/table-columns.ts';

export interface CopyRowsSpec {
  readonly options: PgCopyRowsOptions & Required<Pick<PgCopyRowsOptions, 'format' | 'extraKeys'>>;
  readonly truncate: string | undefined;
  readonly connect: Connect;
  readonly lifecycle: Lifecycle<CopyRowsResult>;
  readonly host: SinkHost;
}

/** Rows that come as fast as they are taken leave no time for what the server has to say, so it is given some. */
const BLOCKS_PER_TURN = 16;

export class CopyRowsDriver implements SinkDriver<CopyRowsResult, CopyRow> {
  readonly #spec: CopyRowsSpec;
  readonly #copy: CopyFromDriver;
  #first: CopyRow | undefined;
  #encoder: RowEncoder | undefined;
  #sending: Promise<void> | undefined;
  #blocks = 0;

  constructor(spec: CopyRowsSpec) {
    this.#spec = spec;
    const { options, truncate, lifecycle, host, connect } = spec;
    const { table, format, expectedRows } = options;
    this.#copy = new CopyFromDriver({
      command: (lease) => this.#command(lease),
      encoded: true,
      options: { table, format, ...(expectedRows === undefined ? {} : { expectedRows }) },
      ...{ truncate, connect, lifecycle, host },
    });
  }

  get progress(): SinkProgress {
    const { bytes = 0, rows = 0 } = this.#encoder ?? {};
    return { bytes, rows };
  }

  write(rows: readonly CopyRow[]): Promise<void> | undefined {
    const encoder = this.#encoder;
    if (encoder === undefined) return this.#open(rows);
    for (let index = 0; index < rows.length; index += 1) {
      encoder.push(rows[index]);
      if (encoder.isFull && this.#isBusy()) return this.#continue(rows.slice(index + 1));
    }
    return undefined;
  }

  async flush(): Promise<void> {
    if (this.#encoder === undefined) await this.#copy.write([]);
    await this.#sending;
    if (this.#encoder !== undefined) await this.#copy.write([this.#encoder.end()]);
    await this.#copy.flush();
  }

  async commit(signal: AbortSignal): Promise<CopyRowsResult> {
    const result = await this.#copy.commit(signal);
    return { ...result, skipped: (this.#encoder?.rows ?? 0) - result.rows };
  }

  abort(context: AbortContext): Promise<Leftover | undefined> {
    return this.#copy.abort(context);
  }

  leftover(): Leftover | undefined {
    return this.#copy.leftover();
  }

  classify(error: unknown): ConnectorError {
    return classifyPostgresError(error, this.#spec.options.table, 'row');
  }

  /** Opens, with the columns that the first row is for. */
  async #open(rows: readonly CopyRow[]): Promise<void> {
    [this.#first] = rows;
    await this.#copy.write([]);
    await this.write(rows);
  }

  /** Sends the block that is full, unless one is on its way or a pause is due: then there is something to wait for. */
  #isBusy(): boolean {
    if (this.#sending !== undefined) return true;
    this.#send();
    return this.#blocks % BLOCKS_PER_TURN === 0;
  }

  async #continue(rest: readonly CopyRow[]): Promise<void> {
    await this.#sending;
    if (this.#blocks % BLOCKS_PER_TURN === 0) await turn();
    if (this.#encoder?.isFull === true) this.#send();
    await this.write(rest);
  }

  #send(): void {
    if (this.#encoder === undefined) return;
    this.#blocks += 1;
    const sending = this.#copy.write([this.#encoder.take()]).then(() => (this.#sending = undefined));
    // Whoever waits next hears of a failure, if the stream is not told by the connection itself.
    sending.catch(() => undefined);
    this.#sending = sending;
  }

  /** Learns the columns, and what COPY is to be told. */
  async #command(lease: Lease): Promise<string> {
    const { table, schema, where, onError, format, freeze, columns, extraKeys } = this.#spec.options;
    const found = await tableColumns(lease, quoteTable(table, schema));
    const loaded = loadedColumns({ found, columns, extraKeys, first: this.#first });
    const generated = columns === undefined ? found.filter(({ isGenerated }) => isGenerated) : [];
    this.#encoder = new RowEncoder({
      columns: loaded,
      format: format === 'binary' ? binaryFormat(loaded) : textFormat(loaded),
      ignoredKeys: extraKeys === 'ignore' ? 'all' : new Set(generated.map(({ name }) => name)),
    });
    return copyFromCommand({
      ...{ table, schema, format, columns: loaded.map(({ name }) => name) },
      ...(where === undefined ? {} : { where }),
      ...(onError === undefined ? {} : { onError }),
      ...(freeze === undefined ? {} : { freeze }),
    });
  }
}
