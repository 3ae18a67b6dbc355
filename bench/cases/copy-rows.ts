/** Objects into one table over one connection: how close that comes to the server reading the same rows from a file. */
import { startPostgres } from 'sluice/testing';
import { trips } from '../data/dataset.ts';
import { TRIP_COLUMNS } from '../data/trips.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { expectReport } from './expect.ts';
import { psql } from './psql.ts';

/** Of types that the peer can write. */
const TYPED_COLUMNS = TRIP_COLUMNS.map((column) =>
  column.replace(/ timestamp$/, ' timestamptz').replace(/ numeric.*$/, ' float8'),
);

export const copyRows: BenchCase = {
  name: 'copy-rows',
  paths: [
    {
      name: 'real',
      title: 'Objects with numbers and dates into PostgreSQL, one connection',
      rounds: { full: 7, short: 3 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 2_000_000 : 1_000_000);
        const { csv: file, rows } = data;
        const settings = { autovacuum: 'off', max_wal_size: '8GB', checkpoint_timeout: '1h', shared_buffers: '256MB' };
        const server = stack.use(await startPostgres({ settings }));
        await server.admin(`CREATE UNLOGGED TABLE typed_trips (${TYPED_COLUMNS.join(', ')})`);
        const ids = String((rows * (rows + 1)) / 2);
        const prepare = async (): Promise<void> => {
          await server.admin('TRUNCATE typed_trips');
        };
        const assertLoaded = async (): Promise<void> => {
          const sums = 'count(*)::int AS rows, sum(id)::text AS ids, count(picked_up_at)::int AS dates';
          const [found] = await server.admin(`SELECT ${sums} FROM typed_trips`);
          if (found?.['rows'] !== rows || found['ids'] !== ids || found['dates'] !== rows) {
            throw new Error(`the table has ${String(found?.['rows'])} rows instead of ${rows}`);
          }
        };
        const contender = (name: string, role: Contender['role'], script: string, format?: string): Contender => {
          const command = (count: number): string =>
            nodeCommand(script, { ...{ dsn: server.dsn, file, rows: count }, format });
          return {
            ...{ name, role, prepare, command: command(rows), idle: command(0) },
            verify: async (output) => {
              expectReport({ rows })(output);
              await assertLoaded();
            },
          };
        };
        const copy = (path: string): string =>
          psql(server.dsn, `COPY typed_trips FROM '${path}' WITH (FORMAT csv, HEADER true)`);
        const limit: Contender = {
          ...{ name: 'server COPY FROM file', role: 'limit', prepare },
          ...{ command: copy(file), idle: copy(data.emptyCsv), verify: assertLoaded },
        };
        const contenders = [
          contender('ours', 'ours', 'sluice-load-rows', 'text'),
          contender('ours (binary)', 'ours', 'sluice-load-rows', 'binary'),
          contender('pg-copy-streams-binary', 'peer', 'pg-copy-streams-binary-load'),
          limit,
        ];
        return { ...data, contenders };
      },
    },
  ],
};
