/** COPY FROM STDIN as a sink: one transaction, all rows or none, `finish` after COMMIT. */
import { createSink } from '../../core/sink.ts';
import type { Sink } from '../../core/sink.ts';
import { Lifecycle } from '../../core/lifecycle.ts';
import { copyAttributes, describePostgresError } from './attributes.ts';
import { copyFromCommand, truncateCommand } from './copy/copy-command.ts';
import type { CopyFromCommand } from './copy/copy-command.ts';
import { CopyFromDriver } from './copy-from-driver.ts';
import { connection } from './session.ts';
import type { PostgresStreamOptions } from './session.ts';

export interface PgCopyFromOptions extends CopyFromCommand, PostgresStreamOptions {
  /** Empties the table in the same transaction, before loading. */
  readonly truncate?: boolean;
  /** Loads rows already frozen; needs `truncate` (manual, "COPY", FREEZE). */
  readonly freeze?: boolean;
  /** A condition of SQL, passed on as it is: never build it from input. Rows that fail it are skipped. */
  readonly where?: string;
  /** `'ignore'` skips rows whose values cannot be read (server >= 17). Default `'stop'`. */
  readonly onError?: 'stop' | 'ignore';
  /** Fails, and loads nothing, unless exactly so many rows were loaded. */
  readonly expectedRows?: number;
}

export interface CopyFromResult {
  /** Rows loaded. */
  readonly rows: number;
  /** Rows that `where` or `onError: 'ignore'` left out. */
  readonly skipped: number;
  /** Bytes taken in. */
  readonly bytes: number;
  readonly durationMs: number;
  /** False inside a transaction of the caller's, which decides. */
  readonly durable: boolean;
}

/**
 * A Writable of CSV, text or binary bytes that loads one table. Nothing is opened before the first byte or the end.
 *
 * A bad row fails with `BAD_ROW` or `CONSTRAINT_VIOLATION`, which hold line, column, constraint and SQLSTATE, never data.
 * A COMMIT whose answer is lost is asked about on a new connection (`pg_xact_status`) before it is called unknown.
 *
 * @throws ConfigError `CONFIG_INVALID` at once, for identifiers and options that cannot be right.
 */
export function pgCopyFrom(options: PgCopyFromOptions): Sink<CopyFromResult> {
  const command = copyFromCommand(options);
  const truncate = truncateCommand(options);
  const connect = connection(options);
  const lifecycle = new Lifecycle<CopyFromResult>(
    {
      connector: 'postgres',
      operation: 'copy_from',
      profile: options.profile ?? 'default',
      attributes: copyAttributes(options),
      describe: describePostgresError,
    },
    options,
  );
  return createSink({
    lifecycle,
    // Chunks that wait here while one is written go out together: small writes cost most of a COPY's client time.
    highWaterMark: 256 * 1024,
    driver: (host) =>
      new CopyFromDriver({
        command,
        options,
        lifecycle,
        host,
        truncate,
        connect: connect(lifecycle),
      }),
  });
}
