/** A table as objects with numbers and dates, one by one: the server makes text of them, the client makes values. */
import type { BenchCase } from '../harness/case.ts';
import { copyToNowhere, rowReader, tripsTable } from './trips-table.ts';

export const queryRows: BenchCase = {
  name: 'query-rows',
  paths: [
    {
      name: 'real',
      title: 'PostgreSQL table as objects with numbers and dates',
      rounds: { full: 7, short: 3 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const table = await tripsTable(stack, scale === 'full' ? 2_000_000 : 1_000_000);
        const { bytes, rows } = table;
        const contenders = [
          rowReader(table, { name: 'ours', role: 'ours', script: 'sluice-rows' }),
          rowReader(table, { name: 'pg-query-stream', role: 'peer', script: 'pg-query-stream-rows' }),
          rowReader(table, { name: 'postgres.js cursor', role: 'peer', script: 'postgres-js-rows' }),
          copyToNowhere(table),
        ];
        return { bytes, rows, contenders };
      },
    },
  ],
};
