/** The peer of sluice-rows: pg-query-stream as its own manual shows it, in batches of the same size. */
import pg from 'pg';
import QueryStream from 'pg-query-stream';
import { args, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
let rows = 0;
let ids = 0;
for await (const row of client.query(new QueryStream(query, [], { batchSize: 1_000 }))) {
  rows += 1;
  ids += Number((row as { id: string }).id);
}
await client.end();
report({ rows, ids });
