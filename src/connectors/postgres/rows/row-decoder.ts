/** Rows as node-postgres gives them, made straight from the wire's bytes. */
import { ConnectorError } from '../../../errors.ts';
import { binaryReader } from '../decoding/binary/values.ts';
import { valueRefused } from '../statements/query-refusals.ts';
import { OID } from '../built-in-types.ts';
import { ownParser } from './own-parsers.ts';
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
  const readers = fields.map(({ name, dataTypeID: oid, format }) => {
    const parse = parserOf(oid);
    return format === 'binary' ? binaryReader({ name, oid, parse }) : valueReader(parse, oid);
  });
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

/** As `decode`; of a row that cannot be made the reason is reported, and it is none. */
export function reporting(decode: RowDecoder, report: (error: unknown) => void): RowDecoder {
  return (bytes, start, end) => {
    try {
      return decode(bytes, start, end);
    } catch (error) {
      report(error);
      return undefined;
    }
  };
}

const DATES: ReadonlySet<number> = new Set([OID.date, OID.timestamp, OID.timestamptz]);

/** The same columns, of which dates are wanted in binary format: they are an eighth of the server's work as texts. */
export function withBinaryDates(fields: readonly Field[], parserOf: ParserOf): readonly Field[] {
  return fields.map((field) => {
    const { dataTypeID: oid } = field;
    return DATES.has(oid) && parserOf(oid) === ownParser(oid) ? { ...field, format: 'binary' } : field;
  });
}
