/** A query's rows as a source of objects: `end` comes after the server said that all rows were sent. */
import { Lifecycle } from '../../core/lifecycle.ts';
import { parseSize } from '../../core/size.ts';
import type { Size } from '../../core/size.ts';
import { createSource } from '../../core/source.ts';
import type { Batch, Source } from '../../core/source.ts';
import { connectorError } from '../../errors.ts';
import { describePostgresError, queryAttributes } from './attributes.ts';
import { bindParameters } from './statements/parameters.ts';
import type { Parameters } from './statements/parameters.ts';
import { Portal } from './rows/portal.ts';
import { ReadDriver, mayWrite } from './read-driver.ts';
import type { ReadResult } from './read-driver.ts';
import type { RowMode } from './rows/row-shape.ts';
import { connection } from './session.ts';
import type { PostgresStreamOptions } from './session.ts';
import { StreamedRows } from './rows/streamed-rows.ts';
import type { TextParser } from './rows/raw-row.ts';
import { WireTap } from './connection/wire-tap.ts';

export interface PgQueryRowsOptions extends PostgresStreamOptions {
  /** Rows asked for at a time, and one time ahead: twice as many are held or on their way at most. Default 1,000. */
  readonly batchSize?: number;
  /** So many bytes of rows that nobody has taken stop the reading, whatever their number. Default 1 MiB. */
  readonly maxBatchBytes?: Size;
  /** Objects by the names of the columns, the last of equal names, or arrays. Default `'object'`. */
  readonly rowMode?: RowMode;
  /** Parsers of this query alone, as node-postgres takes them. Default: the client's, or those set for all. */
  readonly types?: { getTypeParser(oid: number, format: 'text'): TextParser };
}

export type QueryRowsResult = ReadResult;

const ROWS_READ_AHEAD = 64;

/**
 * A Readable of rows, whose values are what node-postgres gives for the same query. Nothing is opened before the first
 * read; leaving early cancels the query on the server and leaves the connection good for the next user. It runs in a
 * transaction of its own, which is committed after the last row.
 *
 * @param params Values of `$1`, `$2`, ..., or an object with those of `:name`.
 * @throws ConfigError `CONFIG_INVALID` at once, for options that cannot be right.
 */
export function pgQueryRows(
  sql: string,
  params: Parameters = [],
  options: PgQueryRowsOptions = {},
): Source<QueryRowsResult> {
  const { batchSize = 1_000, rowMode = 'object', types } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw connectorError('CONFIG_INVALID', `batchSize must be a whole number of at least 1, not ${batchSize}`);
  }
  const maxBatchBytes = parseSize(options.maxBatchBytes ?? '1MiB', 'maxBatchBytes');
  const { text, values } = bindParameters(sql, params);
  const connect = connection(options);
  const lifecycle = new Lifecycle<QueryRowsResult>(
    {
      connector: 'postgres',
      operation: 'query_rows',
      profile: options.profile ?? 'default',
      attributes: queryAttributes(),
      describe: describePostgresError,
    },
    options,
  );
  return createSource<QueryRowsResult, Batch>({
    lifecycle,
    highWaterMark: ROWS_READ_AHEAD,
    objectMode: true,
    driver: () =>
      new ReadDriver<Batch>({
        open: (client, backend) => {
          const parserOf = (oid: number): TextParser => (types ?? client).getTypeParser(oid, 'text');
          const binaryDates = backend?.dateStyle.startsWith('ISO') === true;
          const spec = { sql: text, params: values, rowMode, batchSize, maxBatchBytes, parserOf, binaryDates };
          return WireTap.fits(client.connection) ? Portal.open(spec) : StreamedRows.open(spec);
        },
        mayWrite: mayWrite(text),
        sizeOf: ({ bytes }) => bytes,
        ...{ lifecycle, connect: connect(lifecycle) },
      }),
  });
}
