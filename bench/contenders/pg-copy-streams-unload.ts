/** The peer of sluice-unload: pg-copy-streams as its own manual shows it. */
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';
import { args, drain, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
const source = client.query(to(`COPY (${query}) TO STDOUT WITH (FORMAT csv)`));
const sink = drain();
await pipeline(source, sink);
await client.end();
report({ bytes: sink.bytes, rows: source.rowCount });
