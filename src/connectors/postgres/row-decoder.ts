/** Rows as node-postgres gives them, made straight from the wire's bytes. */
import { safeCause } from '../../core/safe-cause.ts';
import { ConnectorError, connectorError } from '../../errors.ts';
import type { RawRow, TextParser } from './text-values.ts';
import { valueReader } from './text-values.ts';

export type RowMode = 'object' | 'array';

/** A column of a result ("RowDescription"). */
export interface Field {
  readonly name: string;
  /** Of pg_type. */
  readonly dataTypeID: number;
  readonly format: string;
}

/** The parser for values of a type in the text format. */
export type ParserOf = (dataTypeID: number) => TextParser;

/** Makes a row of the bytes from `start`, where the first value's length is, to `end`. */
export type RowDecoder = (bytes: Buffer, start: number, end: number) => unknown;

/** A piece of a text keeps all of it: of a longer row, values are decoded one by one. */
const MOST_TEXT_BYTES = 4_096;

export function rowDecoder(fields: readonly Field[], rowMode: RowMode, parserOf: ParserOf): RowDecoder {
  const readers = fields.map(({ dataTypeID }) => valueReader(parserOf(dataTypeID)));
  const names = fields.map(({ name }) => name);
  const keys: readonly (string | number)[] = rowMode === 'array' ? [...names.keys()] : names;
  // A row has the same keys in the same order as every other, so that it has their shape; of two that are equal, the last.
  const template = Object.fromEntries(names.map((name) => [name, null])) as Record<string, unknown>;
  const raw = new Raw();
  return (bytes, start, end) => {
    raw.set(bytes, start, end);
    const row = (rowMode === 'array' ? new Array(readers.length) : { ...template }) as Record<string | number, unknown>;
    let at = start;
    let index = 0;
    try {
      for (; index < readers.length; index += 1) {
        const length = int32(bytes, at);
        const from = at + 4;
        at = from + Math.max(0, length);
        if (at > end) throw connectorError('SERVER_ERROR', "the server's rows cannot be read");
        row[keys[index] ?? index] = length < 0 ? null : readers[index]?.(raw, from, at);
      }
    } catch (error) {
      throw refused(error, fields[index]?.name);
    }
    return row;
  };
}

/** As `readInt32BE`, whose checks cost more than the reading: a row's end is checked as well. */
function int32(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

/** A parser may quote what it refuses. */
function refused(error: unknown, column: string | undefined): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const message = `the parser of column ${column ?? ''} refused a value`;
  return connectorError('BAD_ROW', message, { column, cause: safeCause(error, { message: 'a value was refused' }) });
}

/** One for all rows of a result. */
class Raw implements RawRow {
  bytes: Buffer = Buffer.alloc(0);
  text: string | undefined;
  start = 0;

  set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.text = end - start <= MOST_TEXT_BYTES ? bytes.toString('latin1', start, end) : undefined;
  }
}
