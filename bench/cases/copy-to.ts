/** A table as CSV to nowhere: from a real server, and from one that makes rows up as fast as it can. */
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { startServerProcess } from '../servers/run-as-process.ts';
import { expectReport } from './expect.ts';
import { psql } from './psql.ts';
import { ALL, NONE, copyToNowhere, tripsTable } from './trips-table.ts';

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
        const table = await tripsTable(stack, scale === 'full' ? 2_000_000 : 1_000_000);
        const { dsn, bytes, rows } = table;
        const limit = copyToNowhere(table, ' WITH (FORMAT csv)', expectRows(rows));
        return { bytes, rows, contenders: [...clients(dsn, dsn, { bytes, rows }), limit] };
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
    command: command(dsn, ALL),
    idle: command(idleDsn, NONE),
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
