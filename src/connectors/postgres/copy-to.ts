/** COPY TO STDOUT as a source: `end` comes after the server said that all rows were sent. */
import { Lifecycle } from '../../core/lifecycle.ts';
import { createSource } from '../../core/source.ts';
import type { Source } from '../../core/source.ts';
import { copyAttributes, describePostgresError } from './attributes.ts';
import { copyToCommand } from './copy/copy-command.ts';
import type { CopyToCommand } from './copy/copy-command.ts';
import { CopyOut } from './copy/copy-out.ts';
import { ReadDriver, mayWrite } from './read-driver.ts';
import type { ReadResult } from './read-driver.ts';
import { connection } from './session.ts';
import type { PostgresStreamOptions } from './session.ts';

export interface PgCopyToOptions extends CopyToCommand, PostgresStreamOptions {
  /** A query of SQL, passed on as it is: never build it from input. */
  readonly query?: string;
}

export type CopyToResult = ReadResult;

/**
 * A Readable of CSV, text or binary bytes from one table or query. Nothing is opened before the first read; leaving early
 * cancels the query on the server and leaves the connection good for the next user.
 *
 * @throws ConfigError `CONFIG_INVALID` at once, for identifiers and options that cannot be right.
 */
export function pgCopyTo(options: PgCopyToOptions): Source<CopyToResult> {
  const command = copyToCommand(options);
  const connect = connection(options);
  const lifecycle = new Lifecycle<CopyToResult>(
    {
      connector: 'postgres',
      operation: 'copy_to',
      profile: options.profile ?? 'default',
      attributes: copyAttributes(options),
      describe: describePostgresError,
    },
    options,
  );
  return createSource({
    lifecycle,
    highWaterMark: 64 * 1024,
    driver: () =>
      new ReadDriver({
        open: () => new CopyOut(command),
        table: options.table,
        mayWrite: options.query !== undefined && mayWrite(options.query),
        sizeOf: (chunk: Buffer) => chunk.length,
        ...{ lifecycle, connect: connect(lifecycle) },
      }),
  });
}
