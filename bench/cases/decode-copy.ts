/** A whole table as objects with numbers and dates, by COPY: beside a query's rows, and other readers of COPY. */
import { startPostgres } from 'sluice/testing';
import { trips } from '../data/dataset.ts';
import { TRIP_COLUMNS, TRIP_HEADER } from '../data/trips.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { expectReport } from './expect.ts';
import { psql } from './psql.ts';

const COLUMNS = TRIP_COLUMNS.map((column) => {
  const [name = '', type = ''] = column.split(' ');
  return { name, type };
});

export const decodeCopy: BenchCase = {
  name: 'decode-copy',
  paths: [
    {
      name: 'real',
      title: 'PostgreSQL table by COPY as objects with numbers and dates',
      rounds: { full: 7, short: 3 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 1_000_000 : 500_000);
        const { rows } = data;
        const server = stack.use(await startPostgres({ settings: { autovacuum: 'off', max_wal_size: '8GB' } }));
        await server.admin(`CREATE UNLOGGED TABLE trips (${TRIP_COLUMNS.join(', ')})`);
        await server.admin(`COPY trips FROM '${data.csv}' WITH (FORMAT csv, HEADER true)`);
        await server.admin('VACUUM (FREEZE, ANALYZE) trips');
        const verify = expectReport({ rows, ids: (rows * (rows + 1)) / 2 });
        const contender = (name: string, role: Contender['role'], script: string, more = {}): Contender => {
          const command = (query: string): string => nodeCommand(script, { dsn: server.dsn, query, ...more });
          return {
            ...{ name, role, command: command('SELECT * FROM trips'), idle: command('SELECT * FROM trips LIMIT 0') },
            verify,
          };
        };
        const decoded = (name: string, format: string): Contender =>
          contender(name, 'ours', 'sluice-decode', { format, columns: COLUMNS });
        const copy = (query: string): string => psql(server.dsn, `COPY (${query}) TO '/dev/null'`);
        const limit: Contender = {
          ...{ name: 'server COPY TO /dev/null', role: 'limit' },
          ...{ command: copy('SELECT * FROM trips'), idle: copy('SELECT * FROM trips LIMIT 0') },
          verify: () => undefined,
        };
        const contenders = [
          decoded('ours', 'text'),
          decoded('ours (csv)', 'csv'),
          decoded('ours (binary)', 'binary'),
          contender('pgQueryRows', 'ours', 'sluice-rows'),
          contender('pg-query-stream', 'peer', 'pg-query-stream-rows'),
          contender('csv-parse', 'peer', 'csv-parse-rows'),
          contender('pg-copy-streams-binary', 'peer', 'pg-copy-streams-binary-rows'),
          limit,
        ];
        return { bytes: data.bytes - TRIP_HEADER.length, rows, contenders };
      },
    },
  ],
};
