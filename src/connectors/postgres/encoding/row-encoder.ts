/** Rows to the bytes of COPY, many to a block. Pure: knows no stream and no server. */
import { safeCause } from '../../../core/safe-cause.ts';
import { ConnectorError, connectorError } from '../../../errors.ts';
import { ByteBuffer } from './byte-buffer.ts';
import type { EncodedColumn } from './column-type.ts';
import type { RowFormat } from './row-format.ts';

/** A row: by the columns' names, or in their order. */
export type CopyRow = Readonly<Record<string, unknown>> | readonly unknown[];

export interface RowEncoderSpec {
  readonly columns: readonly EncodedColumn[];
  readonly format: RowFormat;
  /** Keys of a row that are no columns, and yet no mistake. */
  readonly ignoredKeys?: ReadonlySet<string> | 'all';
}

/** A block is given out when it has so many bytes: small writes cost most of a COPY's client time. */
export const BLOCK_BYTES = 64 * 1024;

export class RowEncoder {
  /** Rows so far. */
  rows = 0;
  #takenBytes = 0;
  readonly #names: readonly string[];
  readonly #format: RowFormat;
  readonly #known: ReadonlySet<string> | undefined;
  readonly #out = new ByteBuffer(BLOCK_BYTES + BLOCK_BYTES / 4);

  constructor({ columns, format, ignoredKeys = new Set() }: RowEncoderSpec) {
    this.#names = columns.map(({ name }) => name);
    this.#format = format;
    if (ignoredKeys !== 'all') this.#known = new Set([...this.#names, ...ignoredKeys]);
    this.#out.put(format.head);
  }

  /** Whether `take` has a block to give. */
  get isFull(): boolean {
    return this.#out.length >= BLOCK_BYTES;
  }

  /** Of all rows so far. */
  get bytes(): number {
    return this.#takenBytes + this.#out.length;
  }

  /** The bytes of the rows so far that were not taken. */
  take(): Buffer {
    const block = this.#out.take();
    this.#takenBytes += block.length;
    return block;
  }

  /** What ends the data, after everything that was not taken. */
  end(): Buffer {
    this.#out.put(this.#format.tail);
    return this.take();
  }

  /**
   * Adds a row.
   *
   * @throws PermanentError `BAD_ROW` with row and column, for what cannot be written.
   */
  push(row: unknown): void {
    this.rows += 1;
    if (typeof row !== 'object' || row === null) throw this.#refused(misshapen('is neither an object nor an array'));
    const names = this.#names;
    const { start, separator, null: nothing, end, writers } = this.#format;
    const isArray = Array.isArray(row);
    const values = row as Readonly<Record<string | number, unknown>>;
    if (isArray && row.length !== names.length) {
      throw this.#refused(misshapen(`has ${row.length} values for ${names.length} columns`));
    }
    const out = this.#out;
    let absent = 0;
    let index = 0;
    put(out, start);
    try {
      for (; index < names.length; index += 1) {
        if (index > 0) put(out, separator);
        const value = values[isArray ? index : (names[index] ?? '')];
        if (value === null) put(out, nothing);
        else if (value === undefined) {
          absent += 1;
          put(out, nothing);
        } else writers[index]?.(out, value);
      }
      if (!isArray && this.#known !== undefined) this.#checkKeys(row, absent);
    } catch (error) {
      throw this.#refused(error, names[index]);
    }
    put(out, end);
  }

  /** A key that is no column would be dropped in silence. Keys are compared only where their number is not that of the columns. */
  #checkKeys(row: object, absent: number): void {
    if (absent === 0 && Object.keys(row).length === this.#names.length) return;
    // What is inherited was read above as well.
    for (const key in row) {
      if (this.#known?.has(key) === true) continue;
      throw misshapen(`has a key that is no column: ${JSON.stringify(key.slice(0, 63))}`);
    }
  }

  /** Whatever is thrown by a value's own code may hold the value. */
  #refused(error: unknown, column?: string): ConnectorError {
    const place = column === undefined ? `row ${this.rows}` : `row ${this.rows}, column ${column}`;
    const isOurs = error instanceof ConnectorError;
    const why = isOurs ? error.message : 'is a value whose own code failed';
    const cause = isOurs ? undefined : safeCause(error, { message: 'a value could not be read' });
    return connectorError('BAD_ROW', `${place} ${why}`, { row: this.rows, column, cause });
  }
}

function misshapen(why: string): ConnectorError {
  return connectorError('BAD_ROW', why);
}

/** A few bytes: a call into the runtime would cost more than they do. */
function put(out: ByteBuffer, piece: Buffer): void {
  const size = piece.length;
  if (size === 0) return;
  out.reserve(size);
  const { bytes } = out;
  let at = out.length;
  for (let index = 0; index < size; index += 1) bytes[at++] = piece[index] ?? 0;
  out.length = at;
}
