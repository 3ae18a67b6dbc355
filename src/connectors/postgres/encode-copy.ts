/** Rows to the bytes of COPY as a Transform, for a file, an object or a load of one's own. */
import { Transform } from 'node:stream';
import { inspect } from 'node:util';
import { Turn } from '../../core/turn.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { clashIn, formatOptions } from './copy/copy-command.ts';
import type { CopyFormat } from './copy/copy-command.ts';
import type { CopyColumn } from './copy-column.ts';
import type { EncodedColumn } from './encoding/column-type.ts';
import { namedType } from './encoding/named-type.ts';
import { RowEncoder } from './encoding/row-encoder.ts';
import { binaryFormat, csvFormat, textFormat } from './encoding/row-format.ts';
import type { RowFormat } from './encoding/row-format.ts';

export interface EncodeCopyOptions {
  /** In the order of the output: names, or names with types. */
  readonly columns: readonly (string | CopyColumn)[];
  /** Default `'csv'`, as for loading. */
  readonly format?: CopyFormat;
  /** Not for binary: the first record names the columns. Default `false`. */
  readonly header?: boolean;
  /** Not for binary; one ASCII character that is in no number or date, such as `;` or `|`. Default `,`, and a tab for text. */
  readonly delimiter?: string;
  /** CSV only; one such character, or a quote. Default `"`. */
  readonly quote?: string;
  /** CSV only; one such character, a quote or a backslash. Default: the quote. */
  readonly escape?: string;
  /** Not for binary; what stands for NULL. Default: nothing, unquoted, for CSV; `\N` for text. */
  readonly null?: string;
  /** `'ignore'` drops what a row has under names that are none of the columns, which else is an error. Default `'error'`. */
  readonly extraKeys?: 'error' | 'ignore';
}

/** Rows that wait while nobody takes the bytes. */
const ROWS_WAITING = 16;

/**
 * A Transform of rows, objects by the names of columns or arrays in their order, to what COPY reads: values as for
 * {@link pgCopyRows}. A missing key is NULL. Bytes come in blocks of at least 64 KiB, the last one but.
 *
 * Errors: `BAD_ROW` with the row's number, counted from 1, and the column, never the value.
 *
 * @throws ConfigError `CONFIG_INVALID` at once, for columns and options that cannot be right.
 */
export function encodeCopy(options: EncodeCopyOptions): Transform {
  const { columns, extraKeys = 'error' } = options;
  const named = columns.map(columnOf);
  if (named.length === 0) throw invalid('columns must name at least one');
  if (new Set(named.map(({ name }) => name)).size < named.length) throw invalid('columns must have names of their own');
  const encoder = new RowEncoder({
    columns: named,
    format: formatOf(named, options),
    ...(extraKeys === 'ignore' ? { ignoredKeys: 'all' } : {}),
  });
  const turn = new Turn();
  const stream = new Transform({
    writableObjectMode: true,
    writableHighWaterMark: ROWS_WAITING,
    transform(row: unknown, _encoding, done) {
      try {
        encoder.push(row);
      } catch (error) {
        done(error as Error);
        return;
      }
      if (!encoder.isFull) {
        done();
        return;
      }
      this.push(encoder.take());
      if (turn.isOver) turn.next(done);
      else done();
    },
    flush(done) {
      const last = encoder.end();
      if (last.length > 0) this.push(last);
      done();
    },
  });
  // Rows that wait in the stream are shown to nobody.
  const shown = (): object => ({ destroyed: stream.destroyed });
  return Object.defineProperties(stream, { [inspect.custom]: { value: shown }, toJSON: { value: shown } });
}

function columnOf(column: string | CopyColumn): EncodedColumn {
  const { name, type } = typeof column === 'string' ? { name: column } : column;
  if (typeof name !== 'string' || name === '') throw invalid('a column has no name');
  return type === undefined ? { name } : { name, type: namedType(type) };
}

/** Numbers and dates are written without a look at them: in none of them are these. */
const APART = '\\t!#$%&()*,/;<=>?@[\\]^_`{|}~';
const DELIMITER = new RegExp(`^[${APART}]$`);
const QUOTE = new RegExp(`^[${APART}"']$`);
const ESCAPE = new RegExp(`^[${APART}"'\\\\]$`);
/** One word that is no number. */
const NULL_WORD = /^(?!nan$|infinity$)[a-z]\w*$/i;

function formatOf(columns: readonly EncodedColumn[], options: EncodeCopyOptions): RowFormat {
  const { format = 'csv', header = false, quote = '"', escape = quote } = options;
  formatOptions(options);
  if (format === 'binary') return binaryFormat(columns);
  const isCsv = format === 'csv';
  const { delimiter = isCsv ? ',' : '\t', null: nullText = isCsv ? '' : '\\N' } = options;
  if (!DELIMITER.test(delimiter)) throw invalid('delimiter must be , ; | or a tab, or alike');
  if (!QUOTE.test(quote)) throw invalid('quote must be " or \', or alike');
  if (!ESCAPE.test(escape)) throw invalid('escape must be a quote or a backslash, or alike');
  const isNull = NULL_WORD.test(nullText) || nullText === '\\N' || (isCsv && nullText === '');
  if (!isNull) throw invalid('null must be one word, such as NULL, or \\N, or nothing in CSV');
  const clash = clashIn(format, { delimiter, quote, null: nullText });
  if (clash !== undefined) throw invalid(clash);
  const cells = { header, delimiter, null: nullText };
  return isCsv ? csvFormat(columns, { ...cells, quote, escape }) : textFormat(columns, cells);
}

function invalid(message: string): ConnectorError {
  return connectorError('CONFIG_INVALID', `encodeCopy: ${message}`, { operation: 'encodeCopy', stage: 'configure' });
}
