/** A table as CSV, read to the end. */
import { pipeline } from 'node:stream/promises';
import { pgCopyTo } from 'sluice';
import { args, drain, report } from './pipe.ts';

const { dsn, query } = args() as { dsn: string; query: string };
const source = pgCopyTo({ query, format: 'csv', config: { dsn, sslmode: 'disable' } });
const sink = drain();
await pipeline(source, sink);
report({ bytes: sink.bytes, rows: source.result?.rows ?? -1 });
