/** The trips in a table of a real PostgreSQL, and what the cases that read it share: all rows, and none of them. */
import { startPostgres } from 'sluice/testing';
import { trips } from '../data/dataset.ts';
import { TRIP_COLUMNS, TRIP_HEADER } from '../data/trips.ts';
import type { Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { expectReport } from './expect.ts';
import { psql } from './psql.ts';

export interface TripsTable {
  readonly dsn: string;
  readonly rows: number;
  /** As CSV, without a header. */
  readonly bytes: number;
}

export interface RowReader extends Pick<Contender, 'name' | 'role'> {
  /** Of `bench/contenders/`, which is given the rest. */
  readonly script: string;
  readonly format?: string;
  readonly columns?: readonly { readonly name: string; readonly type: string }[];
}

export const ALL = 'SELECT * FROM trips';
export const NONE = 'SELECT * FROM trips LIMIT 0';

/** Unlogged, frozen, and without autovacuum: what is measured is reading alone. */
export async function tripsTable(stack: AsyncDisposableStack, count: number): Promise<TripsTable> {
  const { csv, rows, bytes } = await trips(count);
  const server = stack.use(await startPostgres({ settings: { autovacuum: 'off', max_wal_size: '8GB' } }));
  await server.admin(`CREATE UNLOGGED TABLE trips (${TRIP_COLUMNS.join(', ')})`);
  await server.admin(`COPY trips FROM '${csv}' WITH (FORMAT csv, HEADER true)`);
  await server.admin('VACUUM (FREEZE, ANALYZE) trips');
  return { dsn: server.dsn, rows, bytes: bytes - TRIP_HEADER.length };
}

/** Makes objects of all rows, and says how many there were and what their numbers add up to. */
export function rowReader({ dsn, rows }: TripsTable, { name, role, script, ...more }: RowReader): Contender {
  const command = (query: string): string => nodeCommand(script, { dsn, query, ...more });
  const verify = expectReport({ rows, ids: (rows * (rows + 1)) / 2 });
  return { name, role, command: command(ALL), idle: command(NONE), verify };
}

/** The server writes the rows and sends them to nobody: the limit of one backend. */
export function copyToNowhere(
  { dsn }: TripsTable,
  options = '',
  verify: Contender['verify'] = () => undefined,
): Contender {
  const copy = (query: string): string => psql(dsn, `COPY (${query}) TO '/dev/null'${options}`);
  return { name: 'server COPY TO /dev/null', role: 'limit', command: copy(ALL), idle: copy(NONE), verify };
}
