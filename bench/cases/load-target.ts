/** Where the loading cases load to: a real PostgreSQL, or one that throws everything away and shows the client alone. */
import { startPostgres } from 'sluice/testing';
import { TRIP_COLUMNS } from '../data/trips.ts';
import { startServerProcess } from '../servers/run-as-process.ts';
import { psql } from './psql.ts';

export interface LoadTarget {
  readonly dsn: string;
  /** Empties the table. */
  prepare(): Promise<void>;
  /** Throws unless the table, or the answer to COPY, has so many rows. */
  verify(rows: number, output: string): Promise<void>;
}

/** Unlogged and without autovacuum: what is measured is COPY, not the disk of this machine. */
export async function realTarget(stack: AsyncDisposableStack): Promise<LoadTarget> {
  const settings = { autovacuum: 'off', max_wal_size: '8GB', checkpoint_timeout: '1h', shared_buffers: '256MB' };
  const server = stack.use(await startPostgres({ settings }));
  await server.admin(`CREATE UNLOGGED TABLE trips (${TRIP_COLUMNS.join(', ')})`);
  return {
    dsn: server.dsn,
    prepare: async () => {
      await server.admin('TRUNCATE trips');
    },
    verify: async (rows) => {
      const [found] = await server.admin('SELECT count(*)::int AS rows, sum(id)::text AS ids FROM trips');
      const ids = String((rows * (rows + 1)) / 2);
      if (found?.['rows'] !== rows || found['ids'] !== ids) {
        throw new Error(`the table has ${String(found?.['rows'])} rows instead of ${rows}`);
      }
    },
  };
}

export async function drainingTarget(stack: AsyncDisposableStack): Promise<LoadTarget> {
  const { port } = stack.use(await startServerProcess('draining-postgres'));
  return {
    dsn: `postgresql://bench@127.0.0.1:${port}/bench?sslmode=disable`,
    prepare: () => Promise.resolve(),
    // It counts lines, the header's too.
    verify: (rows, output) => {
      const copied = Number(/COPY (\d+)/.exec(output)?.[1] ?? /"rows":(\d+)/.exec(output)?.[1]);
      if (copied !== rows + 1) throw new Error(`${copied} lines arrived instead of ${rows + 1}`);
      return Promise.resolve();
    },
  };
}

const CSV = 'WITH (FORMAT csv, HEADER true)';

/** `psql \copy`, from a file or from its standard input. */
export function psqlCopy(dsn: string, file?: string): string {
  return psql(dsn, `\\copy trips FROM ${file === undefined ? 'STDIN' : `'${file}'`} ${CSV}`);
}

/** The server reads the file itself: no client, the limit of one backend. */
export function serverCopy(dsn: string, file: string): string {
  return psql(dsn, `COPY trips FROM '${file}' ${CSV}`);
}
