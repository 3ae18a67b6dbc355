/** A table as CSV to nowhere: from a real server, and from one that makes rows up as fast as it can. */
import { startPostgres } from 'sluice/testing';
import { trips } from '../data/dataset.ts';
import { TRIP_COLUMNS } from '../data/trips.ts';
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
        const data = await trips(scale === 'full' ? 2_000_000 : 500_000);
        const server = stack.use(await startPostgres({ settings: { autovacuum: 'off', max_wal_size: '8GB' } }));
        await server.admin(`CREATE UNLOGGED TABLE trips (${TRIP_COLUMNS.join(', ')})`);
        await server.admin(`COPY trips FROM '${data.csv}' WITH (FORMAT csv, HEADER true)`);
        await server.admin('VACUUM (FREEZE, ANALYZE) trips');
        const [head] = await server.admin("SELECT length(string_agg(attname, ',' ORDER BY attnum)) + 1 AS bytes FROM pg_attribute WHERE attrelid = 'trips'::regclass AND attnum > 0"); // prettier-ignore
        const bytes = data.bytes - Number(head?.['bytes']);
        const limit: Contender = {
          name: 'server COPY TO /dev/null',
          role: 'limit',
          command: psql(server.dsn, "COPY (SELECT * FROM trips) TO '/dev/null' WITH (FORMAT csv)"),
          idle: psql(server.dsn, "COPY (SELECT * FROM trips LIMIT 0) TO '/dev/null' WITH (FORMAT csv)"),
          verify: expectRows(data.rows),
        };
        const contenders = clients(server.dsn, { bytes, rows: data.rows });
        return { bytes, rows: data.rows, contenders: [...contenders, limit] };
      },
    },
    {
      name: 'draining',
      title: 'CSV from a server that makes it up: the client alone',
      rounds: { full: 7, short: 5 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const wanted = scale === 'full' ? 942e6 : 235e6;
        const { port } = stack.use(
          await startServerProcess('draining-postgres', [
            '--send-bytes',
            String(wanted),
            '--row-bytes',
            String(ROW_BYTES),
          ]),
        );
        const blockRows = Math.floor((1024 * 1024) / ROW_BYTES);
        const rows = Math.ceil(wanted / (blockRows * ROW_BYTES)) * blockRows;
        const bytes = rows * ROW_BYTES;
        const dsn = `postgresql://bench@127.0.0.1:${port}/bench?sslmode=disable`;
        return { bytes, rows, contenders: clients(dsn, { bytes, rows }, false) };
      },
    },
  ],
};

/** A server that makes rows up sends them whatever the query: there is no process with nothing to do then. */
function clients(
  dsn: string,
  expected: { readonly bytes: number; readonly rows: number },
  canIdle = true,
): Contender[] {
  const contender = (name: string, role: Contender['role'], command: (query: string) => string): Contender => ({
    name,
    role,
    command: command('SELECT * FROM trips'),
    ...(canIdle ? { idle: command('SELECT * FROM trips LIMIT 0') } : {}),
    verify: role === 'peer' && name === 'psql' ? () => undefined : expectReport({ ...expected }),
  });
  return [
    contender('ours', 'ours', (query) => nodeCommand('sluice-unload', { dsn, query })),
    contender('psql', 'peer', (query) => `${psql(dsn, `COPY (${query}) TO STDOUT WITH (FORMAT csv)`)} > /dev/null`),
    contender('pg-copy-streams', 'peer', (query) => nodeCommand('pg-copy-streams-unload', { dsn, query })),
  ];
}

function expectRows(rows: number): (output: string) => void {
  return (output) => {
    if (!output.includes(`COPY ${rows}`)) throw new Error(`instead of ${rows} rows: ${output.trim()}`);
  };
}
