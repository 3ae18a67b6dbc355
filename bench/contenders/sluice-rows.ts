/** A query's rows, one by one. */
import { pgQueryRows } from 'sluice';
import { args, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
let rows = 0;
let ids = 0;
for await (const row of pgQueryRows(query, [], { config: { dsn, sslmode: 'disable' } })) {
  rows += 1;
  ids += Number((row as { id: string }).id);
}
report({ rows, ids });
