/** The text of a COPY command, from an allow-list of options (Postgres manual, "COPY"). */
import { connectorError } from '../../../errors.ts';
import { quoteIdentifier, quoteLiteral, quoteTable } from '../identifiers.ts';

export type CopyFormat = 'csv' | 'text' | 'binary';

/** How the bytes are written. Every option is the server's own; what is left out is the server's default. */
export interface CopyFormatOptions {
  /** Default `'csv'`. */
  readonly format?: CopyFormat;
  /** The first record names the columns; `'match'` also requires the names to be the table's, in order (server >= 15). */
  readonly header?: boolean | 'match';
  /** One single-byte character. Default `,` for CSV, tab for text. */
  readonly delimiter?: string;
  /** CSV only; one single-byte character. Default `"`. */
  readonly quote?: string;
  /** CSV only; one single-byte character. Default: the quote. */
  readonly escape?: string;
  /** What stands for NULL. Default: nothing, unquoted, for CSV; `\N` for text. */
  readonly null?: string;
  /** A server encoding name, such as `LATIN1`. Default: UTF8. */
  readonly encoding?: string;
}

export interface CopyFromCommand extends CopyFormatOptions {
  readonly table: string;
  readonly schema?: string | undefined;
  readonly columns?: readonly string[];
  readonly freeze?: boolean;
  readonly where?: string;
  readonly onError?: 'stop' | 'ignore';
  /** With `onError: 'ignore'`: more rows than this that cannot be read are an error (server >= 18). Default: no limit. */
  readonly rejectLimit?: number;
  /** CSV only: columns in which a quoted text for NULL is NULL as well; `true` means all (server >= 17). */
  readonly forceNull?: readonly string[] | true;
  /** CSV only: columns in which the text for NULL is that text; `true` means all (server >= 17). */
  readonly forceNotNull?: readonly string[] | true;
  /** Not for binary: what stands for the column's default (server >= 16). */
  readonly default?: string;
}

export interface CopyToCommand extends CopyFormatOptions {
  readonly table?: string;
  readonly schema?: string | undefined;
  readonly query?: string;
  readonly columns?: readonly string[];
  /** CSV only: columns whose values are always quoted; `true` means all. */
  readonly forceQuote?: readonly string[] | true;
}

/** @throws ConfigError `CONFIG_INVALID` for an option that is unknown, malformed or not of this format. */
export function copyFromCommand(command: CopyFromCommand): string {
  const options = formatOptions(command);
  if (command.freeze === true) options.push('FREEZE');
  const onError: string = command.onError ?? 'stop';
  if (onError === 'ignore') {
    if (command.format === 'binary') refuse("onError: 'ignore' is not possible with the binary format");
    options.push('ON_ERROR ignore');
  } else if (onError !== 'stop') refuse("onError must be 'stop' or 'ignore'");
  const { rejectLimit, default: marker, forceNull, forceNotNull } = command;
  if (rejectLimit !== undefined) {
    if (onError !== 'ignore') refuse("rejectLimit is for onError: 'ignore'");
    if (!Number.isSafeInteger(rejectLimit) || rejectLimit < 1) refuse('rejectLimit must be a whole number, at least 1');
    options.push(`REJECT_LIMIT ${rejectLimit}`);
  }
  options.push(...forced('FORCE_NULL', forceNull, command), ...forced('FORCE_NOT_NULL', forceNotNull, command));
  if (marker !== undefined) {
    if (command.format === 'binary') refuse('default is not possible with the binary format');
    options.push(`DEFAULT ${quoteLiteral(oneLine('default', marker))}`);
  }
  const target = quoteTable(command.table, command.schema) + columnList(command.columns);
  const where = command.where === undefined ? '' : ` WHERE ${command.where}`;
  return `COPY ${target} FROM STDIN WITH (${options.join(', ')})${where}`;
}

/**
 * What empties the table before it is loaded, if anything is to.
 *
 * @throws ConfigError `CONFIG_INVALID` for `freeze` alone.
 */
export function truncateCommand({
  table,
  schema,
  freeze,
  truncate,
}: Pick<CopyFromCommand, 'table' | 'schema' | 'freeze'> & { readonly truncate?: boolean }): string | undefined {
  if (truncate === true) return `TRUNCATE ${quoteTable(table, schema)}`;
  if (freeze === true) refuse('freeze needs truncate: the table must have been emptied in the same transaction');
  return undefined;
}

/** @throws ConfigError `CONFIG_INVALID` for an option that is unknown, malformed or not of this format. */
export function copyToCommand(command: CopyToCommand): string {
  if ((command.table === undefined) === (command.query === undefined)) refuse('give either a table or a query');
  if (command.header === 'match') refuse("header: 'match' is for loading; use true");
  const options = [...formatOptions(command), ...forced('FORCE_QUOTE', command.forceQuote, command)].join(', ');
  if (command.table !== undefined) {
    const source = quoteTable(command.table, command.schema) + columnList(command.columns);
    return `COPY ${source} TO STDOUT WITH (${options})`;
  }
  if (command.columns !== undefined) refuse('columns go with a table; name them in the query');
  // A line break before the parenthesis, or a query that ends in a comment would swallow it.
  return `COPY (${(command.query ?? '').replace(/[;\s]+$/, '')}\n) TO STDOUT WITH (${options})`;
}

export function formatOptions(command: CopyFormatOptions): string[] {
  const { format = 'csv', header, delimiter, quote, escape, null: nullText, encoding } = command;
  if (!['csv', 'text', 'binary'].includes(format)) refuse("format must be 'csv', 'text' or 'binary'");
  if (format === 'binary') {
    for (const [name, value] of Object.entries({ header, delimiter, quote, escape, null: nullText })) {
      if (value !== undefined && value !== false) refuse(`${name} is not possible with the binary format`);
    }
  }
  if (format !== 'csv' && (quote !== undefined || escape !== undefined)) refuse('quote and escape are for CSV');
  const options = [`FORMAT ${format}`];
  const headerText = String(header ?? false);
  if (headerText === 'true') options.push('HEADER');
  else if (headerText === 'match') options.push('HEADER match');
  else if (headerText !== 'false') refuse("header must be true, false or 'match'");
  for (const [name, value] of Object.entries({ delimiter, quote, escape })) {
    if (value !== undefined) options.push(`${name.toUpperCase()} ${quoteLiteral(oneByte(name, value))}`);
  }
  if (nullText !== undefined) {
    options.push(`NULL ${quoteLiteral(oneLine('null', nullText))}`);
  }
  if (encoding !== undefined) {
    const isName = typeof encoding === 'string' && /^[A-Za-z][A-Za-z0-9_-]{0,62}$/.test(encoding);
    if (!isName) refuse('encoding must be the name of a server encoding');
    options.push(`ENCODING ${quoteLiteral(encoding)}`);
  } else options.push("ENCODING 'UTF8'");
  return options;
}

/** What of the characters of a format cannot be together, by the server's own rules (`ProcessCopyOptions` in copy.c). */
export function clashIn(
  format: CopyFormat,
  { delimiter, quote, null: nullText }: Record<'delimiter' | 'quote' | 'null', string>,
): string | undefined {
  if (format === 'binary') return undefined;
  if (nullText.includes(delimiter)) return 'null must not have the delimiter in it';
  if (format === 'text') {
    const isTaken = /[\\.a-z0-9]/.test(delimiter);
    return isTaken ? 'delimiter must not be a backslash, a point, a small letter or a digit in text format' : undefined;
  }
  if (delimiter === quote) return 'delimiter and quote must differ';
  return nullText.includes(quote) ? 'null must not have the quote in it' : undefined;
}

/** The oldest server that has what is asked for, as `server_version_num`, and the option; undefined where all have it. */
export function demands({ onError, rejectLimit, forceNull, forceNotNull, default: marker }: CopyFromCommand) {
  const needs: readonly (readonly [asked: boolean, version: number, option: string])[] = [
    [rejectLimit !== undefined, 180_000, 'rejectLimit'],
    [onError === 'ignore', 170_000, "onError: 'ignore'"],
    [forceNull === true, 170_000, 'forceNull: true'],
    [forceNotNull === true, 170_000, 'forceNotNull: true'],
    [marker !== undefined, 160_000, 'default'],
  ];
  return needs.filter(([asked]) => asked).map(([, version, option]) => ({ version, option }));
}

function forced(name: string, columns: readonly string[] | true | undefined, { format = 'csv' }: CopyFormatOptions) {
  if (columns === undefined) return [];
  if (format !== 'csv') refuse('forceNull, forceNotNull and forceQuote are for CSV');
  return [`${name}${columns === true ? ' *' : columnList(columns)}`];
}

function oneLine(name: string, text: string): string {
  if (typeof text !== 'string' || /[\r\n]/.test(text)) refuse(`${name} must be text without a line break`);
  return text;
}

function columnList(columns: readonly string[] | undefined): string {
  if (columns === undefined) return '';
  const isList: boolean = Array.isArray(columns) && columns.length > 0;
  if (!isList) refuse('columns must name at least one; leave it out to mean all');
  return ` (${columns.map((column) => quoteIdentifier(column, 'column name')).join(', ')})`;
}

function oneByte(name: string, value: string): string {
  if (typeof value !== 'string' || Buffer.byteLength(value) !== 1 || /[\r\n\0]/.test(value)) {
    refuse(`${name} must be one single-byte character, and no line break`);
  }
  return value;
}

function refuse(why: string): never {
  throw connectorError('CONFIG_INVALID', why);
}
