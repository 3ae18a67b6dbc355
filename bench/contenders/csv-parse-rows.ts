/** A peer of sluice-decode: csv-parse on what pg-copy-streams gives. Its values are texts. */
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { args, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
let rows = 0;
let ids = 0;
await pipeline(
  client.query(to(`COPY (${query}) TO STDOUT WITH (FORMAT csv, HEADER)`)),
  parse({ columns: true }),
  async (source: AsyncIterable<{ readonly id: string }>) => {
    for await (const row of source) {
      rows += 1;
      ids += Number(row.id);
    }
  },
);
await client.end();
report({ rows, ids });
