/** Rows as a sink: encoded here, loaded by one COPY in one transaction, all of them or none. */
import { Lifecycle } from '../../core/lifecycle.ts';
import { createSink } from '../../core/sink.ts';
import type { Sink } from '../../core/sink.ts';
import { connectorError } from '../../errors.ts';
import { copyAttributes, describePostgresError } from './attributes.ts';
import { copyFromCommand, truncateCommand } from './copy/copy-command.ts';
import type { CopyFromResult, PgCopyFromOptions } from './copy-from.ts';
import { CopyRowsDriver } from './copy-rows-driver.ts';
import type { CopyRow } from './encoding/row-encoder.ts';
import { connection } from './session.ts';

/** Of {@link pgCopyFrom}, what does not speak of bytes that the caller wrote. */
type LoadOptions = Omit<
  PgCopyFromOptions,
  'format' | 'header' | 'delimiter' | 'quote' | 'escape' | 'null' | 'encoding'
>;

export interface PgCopyRowsOptions extends LoadOptions {
  /**
   * Columns to load, in the order of the values where rows are arrays. Default: the keys of the first row where it is an
   * object, so that columns that no row has get their defaults; all columns for arrays. Generated ones are left out.
   */
  readonly columns?: readonly string[];
  /**
   * What is sent. Default `'text'`, which knows every type; `'binary'` is faster for numbers and dates, and refuses, before any row
   * is sent, columns of types that it cannot write.
   */
  readonly format?: 'text' | 'binary';
  /** `'ignore'` drops what a row has under names that are none of the columns, which else is an error. Default `'error'`. */
  readonly extraKeys?: 'error' | 'ignore';
}

export type CopyRowsResult = CopyFromResult;

/** Rows that wait while a block is sent. What was encoded is bounded by its bytes. */
const ROWS_WAITING = 16;

/**
 * A Writable of rows, objects by the names of columns or arrays in their order, that loads one table. Values are what
 * node-postgres takes for parameters and gives for columns; null, undefined and a missing key are NULL. Nothing is
 * opened before the first row or the end.
 *
 * A row that does not fit, here or on the server, fails with `BAD_ROW` or `CONSTRAINT_VIOLATION`, which hold its number,
 * counted from 1, and the column, never data. `result.bytes` are those of the encoding.
 *
 * @throws ConfigError `CONFIG_INVALID` at once, for identifiers and options that cannot be right; as an `'error'`, before
 * any row is sent, for names that are no columns of the table.
 */
export function pgCopyRows(options: PgCopyRowsOptions): Sink<CopyRowsResult> {
  const { table, schema, format = 'text', extraKeys = 'error' } = options;
  assertOneOf('format', format, ['text', 'binary']);
  assertOneOf('extraKeys', extraKeys, ['error', 'ignore']);
  const truncate = truncateCommand(options);
  // Whatever cannot be right is refused before anything is opened.
  copyFromCommand({ ...options, format });
  const connect = connection(options);
  const lifecycle = new Lifecycle<CopyRowsResult>(
    {
      connector: 'postgres',
      operation: 'copy_rows',
      profile: options.profile ?? 'default',
      attributes: copyAttributes({ table, schema }),
      describe: describePostgresError,
    },
    options,
  );
  return createSink<CopyRowsResult, CopyRow>({
    lifecycle,
    highWaterMark: ROWS_WAITING,
    objectMode: true,
    driver: (host) =>
      new CopyRowsDriver({
        ...{ options: { ...options, format, extraKeys }, truncate, lifecycle, host },
        connect: connect(lifecycle),
      }),
  });
}

function assertOneOf(name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw connectorError('CONFIG_INVALID', `${name} must be ${allowed.map((one) => `'${one}'`).join(' or ')}`);
}
