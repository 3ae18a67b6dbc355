/** A peer of sluice-decode: pg-copy-streams-binary, which knows no `numeric`. Its rows are arrays of lists of bytes. */
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import type { Transform } from 'node:stream';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { args, report } from './pipe.ts';

const { rowReader } = createRequire(import.meta.url)('pg-copy-streams-binary') as { rowReader(): Transform };
const { dsn, query } = args() as { dsn: string; query: string };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
let rows = 0;
let ids = 0;
await pipeline(
  client.query(to(`COPY (${query}) TO STDOUT WITH (FORMAT binary)`)),
  rowReader(),
  async (source: AsyncIterable<readonly { slice(): Buffer }[]>) => {
    for await (const [id] of source) {
      rows += 1;
      ids += Number(id?.slice().readBigInt64BE());
    }
  },
);
await client.end();
report({ rows, ids });
