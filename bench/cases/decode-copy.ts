/** A whole table as objects with numbers and dates, by COPY: beside a query's rows, and other readers of COPY. */
import { TRIP_COLUMNS } from '../data/trips.ts';
import type { BenchCase } from '../harness/case.ts';
import { copyToNowhere, rowReader, tripsTable } from './trips-table.ts';

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
        const table = await tripsTable(stack, scale === 'full' ? 1_000_000 : 500_000);
        const { bytes, rows } = table;
        const ours = { role: 'ours', script: 'sluice-decode', columns: COLUMNS } as const;
        const contenders = [
          rowReader(table, { ...ours, name: 'ours', format: 'text' }),
          rowReader(table, { ...ours, name: 'ours (csv)', format: 'csv' }),
          rowReader(table, { ...ours, name: 'ours (binary)', format: 'binary' }),
          rowReader(table, { name: 'pgQueryRows', role: 'ours', script: 'sluice-rows' }),
          rowReader(table, { name: 'pg-query-stream', role: 'peer', script: 'pg-query-stream-rows' }),
          rowReader(table, { name: 'csv-parse', role: 'peer', script: 'csv-parse-rows' }),
          rowReader(table, { name: 'pg-copy-streams-binary', role: 'peer', script: 'pg-copy-streams-binary-rows' }),
          copyToNowhere(table),
        ];
        return { bytes, rows, contenders };
      },
    },
  ],
};
