/** A CSV file, gzipped or not, into a table. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gunzip, pgCopyFrom } from 'sluice';
import { args, report } from './pipe.ts';

const { dsn, file, readBytes } = args() as { dsn: string; file: string; readBytes?: number };
const source = createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes });
const sink = pgCopyFrom({ table: 'trips', format: 'csv', header: true, config: { dsn, sslmode: 'disable' } });
await (file.endsWith('.gz') ? pipeline(source, gunzip(), sink) : pipeline(source, sink));
report({ rows: sink.result?.rows ?? -1, bytes: sink.result?.bytes ?? -1 });
