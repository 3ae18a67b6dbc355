/** The peer of sluice-rows: the cursor of postgres.js, in batches of the same size. */
import postgres from 'postgres';
import { args, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
const sql = postgres(dsn, { max: 1 });
let rows = 0;
let ids = 0;
for await (const batch of sql.unsafe(query).cursor(1_000)) {
  rows += batch.length;
  for (const { id } of batch) ids += Number(id);
}
await sql.end();
report({ rows, ids });
