/** Rows to the bytes of COPY as a Transform, for a file, an object or a load of one's own. */
import { Transform } from 'node:stream';
import { inspect } from 'node:util';
import { Turn } from '../../core/turn.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import type { CopyFormat } from './copy-command.ts';
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
  /** CSV only: the first record names the columns. Default `false`. */
  readonly header?: boolean;
  /** CSV only; one ASCII character that is no letter or digit. Default `,`. */
  readonly delimiter?: string;
  /** CSV only; what stands for NULL. Default: nothing, unquoted. */
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

function formatOf(columns: readonly EncodedColumn[], options: EncodeCopyOptions): RowFormat {
  const { format = 'csv', header = false, delimiter = ',', null: nullText = '' } = options;
  if (!['csv', 'text', 'binary'].includes(format)) throw invalid("format must be 'csv', 'text' or 'binary'");
  if (format === 'csv') {
    // Numbers and dates are written without a look at them.
    if (!/^[\t!#$%&()*,/;<=>?@[\]^_`{|}~]$/.test(delimiter))
      throw invalid('delimiter must be , ; | or a tab, or alike');
    if (!/^(?:|(?!nan$|infinity$)[a-z\\][\w\\]*)$/i.test(nullText) || nullText.includes(delimiter)) {
      throw invalid('null must be nothing, or one word, such as NULL');
    }
    return csvFormat(columns, { header, delimiter, quote: '"', escape: '"', null: nullText });
  }
  if (header || options.delimiter !== undefined || options.null !== undefined) {
    throw invalid('header, delimiter and null are for CSV');
  }
  return format === 'text' ? textFormat(columns) : binaryFormat(columns);
}

function invalid(message: string): ConnectorError {
  return connectorError('CONFIG_INVALID', `encodeCopy: ${message}`, { operation: 'encodeCopy', stage: 'configure' });
}
