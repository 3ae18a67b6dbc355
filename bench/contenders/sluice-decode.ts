/** A table by COPY, as rows one by one. */
import { pipeline } from 'node:stream/promises';
import { decodeCopy, pgCopyTo } from 'sluice';
import type { DecodeCopyOptions } from 'sluice';
import { args, report } from './pipe.ts';

const { dsn, query, format, columns } = args() as { dsn: string; query: string } & Required<
  Pick<DecodeCopyOptions, 'format' | 'columns'>
>;
let rows = 0;
let ids = 0;
await pipeline(
  pgCopyTo({ query, format, config: { dsn, sslmode: 'disable' } }),
  decodeCopy({ columns, format }),
  async (source: AsyncIterable<{ readonly id: string }>) => {
    for await (const row of source) {
      rows += 1;
      ids += Number(row.id);
    }
  },
);
report({ rows, ids });
