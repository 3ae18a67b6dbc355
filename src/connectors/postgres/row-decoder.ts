/** Rows as node-postgres gives them, made straight from the wire's bytes. */
import { ConnectorError } from '../../errors.ts';
import { valueRefused } from './query-refusals.ts';
import { rowBuilder } from './row-builder.ts';
import type { RowInMaking, RowMode } from './row-builder.ts';
import type { TextParser } from './raw-row.ts';
import { valueReader } from './text-values.ts';

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
  const readers = fields.map(({ dataTypeID }) => valueReader(parserOf(dataTypeID), dataTypeID));
  const names = fields.map(({ name }) => name);
  const build = rowBuilder(names, readers, rowMode);
  const row = new Raw();
  return (bytes, start, end) => {
    row.set(bytes, start, end);
    try {
      return build(row, bytes, start, end);
    } catch (error) {
      throw error instanceof ConnectorError ? error : valueRefused(error, names[row.column]);
    }
  };
}

/** One for all rows of a result. */
class Raw implements RowInMaking {
  bytes: Buffer = Buffer.alloc(0);
  text: string | undefined;
  start = 0;
  column = 0;

  set(bytes: Buffer, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.text = end - start <= MOST_TEXT_BYTES ? bytes.toString('latin1', start, end) : undefined;
  }
}
