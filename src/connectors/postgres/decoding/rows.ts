/** What the rows of an input share: their shape, and the text that values are pieces of. */
import { safeCause } from '../../../core/safe-cause.ts';
import { ConnectorError, connectorError } from '../../../errors.ts';
import type { RowMode } from '../row-builder.ts';
import type { RawRow } from '../raw-row.ts';

/** An empty row, and what to put its values under. */
export interface RowShape {
  readonly names: readonly string[];
  readonly keys: readonly (string | number)[];
  empty(): Record<string | number, unknown>;
}

/** A row has the same keys in the same order as every other, so that it has their shape; of two that are equal, the last. */
export function rowShape(names: readonly string[], rowMode: RowMode): RowShape {
  const template = Object.fromEntries(names.map((name) => [name, null])) as Record<string, unknown>;
  return rowMode === 'array'
    ? { names, keys: [...names.keys()], empty: () => new Array(names.length) as unknown as Record<number, unknown> }
    : { names, keys: names, empty: () => ({ ...template }) };
}

/** What a parser says of a value may quote it. */
export function refused(error: unknown, column: string | undefined): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = `has a value that the parser of column ${column ?? ''} refused`;
  return connectorError('BAD_ROW', message, { column, cause: safeCause(error, { message: 'a value was refused' }) });
}

/** A piece of a text keeps all of it in memory: rows share one of at most so many bytes, and of a longer row there is none. */
const MOST_TEXT_BYTES = 4_096;

/** Bytes as readers take them; one for all rows. */
export class Raw implements RawRow {
  bytes: Buffer = Buffer.alloc(0);
  text: string | undefined;
  start = 0;
  #textEnd = 0;

  /** A record from `start` to `end`, behind which bytes up to `limit` are there. */
  set(bytes: Buffer, start: number, end: number, limit: number): void {
    if (bytes === this.bytes && start >= this.start && end <= this.#textEnd) return;
    this.bytes = bytes;
    this.start = start;
    this.#textEnd = end - start > MOST_TEXT_BYTES ? 0 : Math.min(limit, start + MOST_TEXT_BYTES);
    this.text = this.#textEnd === 0 ? undefined : bytes.toString('latin1', start, this.#textEnd);
  }

  /** Bytes of which no text is made beforehand. */
  setBytes(bytes: Buffer): void {
    this.bytes = bytes;
    this.start = 0;
    this.text = undefined;
  }

  /** The bytes have become others. */
  forget(): void {
    this.#textEnd = 0;
  }
}
