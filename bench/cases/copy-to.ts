/** A table as CSV to nowhere: from a real server, and from one that makes rows up as fast as it can. */
import { startPostgres } from 'sluice/testing';
import { trips } from '../data/dataset.ts';
import { TRIP_COLUMNS, TRIP_HEADER } from '../data/trips.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { startServerProcess } from '../servers/run-as-process.ts';
import { expectReport } from './expect.ts';
import { psql } from './psql.ts';

/** What the made-up rows of the draining server have, which sends whole blocks of rows of this length. */
const ROW_BYTES = 117;

export const copyTo: BenchCase = {
  name: 'copy-to',
  paths: [
    {
      name: 'real',
      title: 'PostgreSQL table as CSV to nowhere',
      rounds: { full: 7, short: 3 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 2_000_000 : 1_000_000);
        const server = stack.use(await startPostgres({ settings: { autovacuum: 'off', max_wal_size: '8GB' } }));
        await server.admin(`CREATE UNLOGGED TABLE trips (${TRIP_COLUMNS.join(', ')})`);
        await server.admin(`COPY trips FROM '${data.csv}' WITH (FORMAT csv, HEADER true)`);
        await server.admin('VACUUM (FREEZE, ANALYZE) trips');
        const bytes = data.bytes - TRIP_HEADER.length;
        const limit: Contender = {
          name: 'server COPY TO /dev/null',
          role: 'limit',
          command: psql(server.dsn, "COPY (SELECT * FROM trips) TO '/dev/null' WITH (FORMAT csv)"),
          idle: psql(server.dsn, "COPY (SELECT * FROM trips LIMIT 0) TO '/dev/null' WITH (FORMAT csv)"),
          verify: expectRows(data.rows),
        };
        const contenders = clients(server.dsn, server.dsn, { bytes, rows: data.rows });
        return { bytes, rows: data.rows, contenders: [...contenders, limit] };
      },
    },
    {
      name: 'draining',
      title: 'CSV from a server that makes it up: the client alone',
      rounds: { full: 7, short: 5 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const wanted = scale === 'full' ? 942e6 : 471e6;
        const server = async (sendBytes: number): Promise<string> => {
          const options = ['--send-bytes', String(sendBytes), '--row-bytes', String(ROW_BYTES)];
          const { port } = stack.use(await startServerProcess('draining-postgres', options));
          return `postgresql://bench@127.0.0.1:${port}/bench?sslmode=disable`;
        };
        const [much, little] = [await server(wanted), await server(1)];
        const blockRows = Math.floor((1024 * 1024) / ROW_BYTES);
        const rows = Math.ceil(wanted / (blockRows * ROW_BYTES)) * blockRows;
        const bytes = rows * ROW_BYTES;
        return { bytes, rows, contenders: clients(much, little, { bytes, rows }) };
      },
    },
  ],
};

/** A made-up server sends its rows whatever the query; with nothing to do, another one is asked. */
function clients(dsn: string, idleDsn: string, expected: { bytes: number; rows: number }): Contender[] {
  const contender = (name: string, role: Contender['role'], command: (dsn: string, query: string) => string) => ({
    name,
    role,
    command: command(dsn, 'SELECT * FROM trips'),
    idle: command(idleDsn, 'SELECT * FROM trips LIMIT 0'),
    verify: expectReport(expected),
  });
  const copy = (query: string): string => `COPY (${query}) TO STDOUT WITH (FORMAT csv)`;
  return [
    contender('ours', 'ours', (server, query) => nodeCommand('sluice-unload', { dsn: server, query })),
    {
      ...contender('psql', 'peer', (server, query) => `${psql(server, copy(query))} > /dev/null`),
      // It prints nothing but the rows; its exit code vouches for them.
      verify: () => undefined,
    },
    contender('pg-copy-streams', 'peer', (server, query) =>
      nodeCommand('pg-copy-streams-unload', { dsn: server, query }),
    ),
  ];
}

function expectRows(rows: number): (output: string) => void {
  return (output) => {
    if (!output.includes(`COPY ${rows}`)) throw new Error(`instead of ${rows} rows: ${output.trim()}`);
  };
}
