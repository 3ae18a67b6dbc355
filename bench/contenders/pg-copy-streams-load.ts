/** The peer of sluice-load: pg-copy-streams as its own manual shows it, with Node's gunzip where the file needs it. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { args, report } from './pipe.ts';

const { dsn, file, readBytes } = args() as { dsn: string; file: string; readBytes?: number };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
const sink = client.query(from('COPY trips FROM STDIN WITH (FORMAT csv, HEADER true)'));
const source = createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes });
await (file.endsWith('.gz') ? pipeline(source, createGunzip(), sink) : pipeline(source, sink));
await client.end();
report({ rows: sink.rowCount });
