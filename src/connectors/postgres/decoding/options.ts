/** What a decoder is made of, checked once. */
import { createRequire } from 'node:module';
import { parseSize } from '../../../core/size.ts';
import type { Size } from '../../../core/size.ts';
import { connectorError } from '../../../errors.ts';
import { OID, typeByName } from '../built-in-types.ts';
import { clashIn, formatOptions } from '../copy/copy-command.ts';
import type { CopyFormat, CopyFormatOptions } from '../copy/copy-command.ts';
import type { CopyColumn } from '../copy-column.ts';
import type { RowMode } from '../rows/row-shape.ts';
import type { TextParser } from '../rows/raw-row.ts';
import { asText } from '../rows/own-parsers.ts';

export interface DecodeCopyOptions extends Omit<CopyFormatOptions, 'encoding'> {
  /** All columns, in the order of the input. A name alone is a column of texts. */
  readonly columns: readonly (string | CopyColumn)[];
  /** Parsers as node-postgres takes them. Default: those set for all (`pg.types.setTypeParser`). */
  readonly types?: { getTypeParser(oid: number, format: 'text'): TextParser };
  /** Objects by the names of the columns, the last of equal names, or arrays. Default `'object'`. */
  readonly rowMode?: RowMode;
  /** The most bytes of one row. Default 16 MiB. */
  readonly maxRecordBytes?: Size;
}

export interface DecoderOptions {
  readonly format: CopyFormat;
  readonly columns: readonly { readonly name: string; readonly oid: number; readonly parse: TextParser }[];
  readonly rowMode: RowMode;
  readonly maxRecordBytes: number;
  readonly header: boolean | 'match';
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  readonly null: string;
}

/** @throws ConfigError `CONFIG_INVALID`, or `PACKAGE_MISSING` where columns have types and there is no node-postgres. */
export function decoderOptions(options: DecodeCopyOptions): DecoderOptions {
  const { format = 'csv', rowMode = 'object', header = false, quote = '"', escape = quote } = options;
  const { delimiter = format === 'csv' ? ',' : '\t', null: nullText = format === 'csv' ? '' : '\\N' } = options;
  // As for the server.
  formatOptions(options);
  const clash = clashIn(format, { delimiter, quote, null: nullText });
  if (clash !== undefined) throw refuse(clash);
  if (!['object', 'array'].includes(rowMode)) throw refuse("rowMode must be 'object' or 'array'");
  const maxRecordBytes = parseSize(options.maxRecordBytes ?? '16MiB', 'maxRecordBytes');
  if (maxRecordBytes < 1) throw refuse('maxRecordBytes must be at least 1');
  const columns = columnsOf(options);
  return { format, columns, rowMode, maxRecordBytes, header, delimiter, quote, escape, null: nullText };
}

function columnsOf({ columns, types }: DecodeCopyOptions): DecoderOptions['columns'] {
  const isList: boolean = Array.isArray(columns) && columns.length > 0;
  if (!isList) throw refuse('columns must name at least one');
  let parsers = types;
  return columns.map((column) => {
    const { name, type }: { name?: unknown; type?: string | number } =
      typeof column === 'string' ? { name: column } : column;
    if (typeof name !== 'string' || name === '') throw refuse('each column needs a name');
    if (type === undefined && types === undefined) return { name, oid: OID.text, parse: asText };
    const oid = type === undefined ? OID.text : typeOid(type);
    parsers ??= globalParsers();
    return { name, oid, parse: parsers.getTypeParser(oid, 'text') };
  });
}

function typeOid(type: string | number): number {
  if (typeof type !== 'string') {
    if (Number.isInteger(type) && type > 0 && type < 2 ** 32) return type;
    throw refuse('a type is the name of a built-in type, or an object identifier of pg_type');
  }
  const found = typeByName(type);
  if (found !== undefined) return found.dimensions === 0 ? found.type.oid : found.type.arrayOid;
  throw refuse(
    `no built-in type is called ${JSON.stringify(type.slice(0, 100))}: give its object identifier of pg_type`,
  );
}

function globalParsers(): NonNullable<DecodeCopyOptions['types']> {
  try {
    const { types } = createRequire(import.meta.url)('pg') as { types: NonNullable<DecodeCopyOptions['types']> };
    return types;
  } catch {
    throw connectorError('PACKAGE_MISSING', 'columns with types need pg, or `types`; install with: npm install pg', {
      ...{ operation: 'decodeCopy', stage: 'configure' },
    });
  }
}

function refuse(why: string): Error {
  return connectorError('CONFIG_INVALID', `decodeCopy: ${why}`, { operation: 'decodeCopy', stage: 'configure' });
}
