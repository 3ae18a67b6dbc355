/** Rows as node-postgres gives them, made straight from the wire's bytes. */
import { ConnectorError } from '../../../errors.ts';
import { valueRefused } from '../statements/query-refusals.ts';
import { rowBuilder } from './row-builder.ts';
import { RawBytes } from './raw-bytes.ts';
import type { TextParser } from './raw-row.ts';
import type { RowMode } from './row-shape.ts';
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

export function rowDecoder(fields: readonly Field[], rowMode: RowMode, parserOf: ParserOf): RowDecoder {
  const readers = fields.map(({ dataTypeID }) => valueReader(parserOf(dataTypeID), dataTypeID));
  const names = fields.map(({ name }) => name);
  const build = rowBuilder({ names, readers, rowMode });
  const row = new RawBytes();
  return (bytes, start, end) => {
    row.set(bytes, start, end, bytes.length);
    try {
      return build(row, bytes, start, end);
    } catch (error) {
      throw error instanceof ConnectorError ? error : valueRefused(error, names[row.column]);
    }
  };
}
