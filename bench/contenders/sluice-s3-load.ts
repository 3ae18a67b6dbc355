/** A gzipped CSV object out of S3 into a table: nothing touches a disk. */
import { pipeline } from 'node:stream/promises';
import { gunzip, pgCopyFrom, s3Source } from 'sluice';
import type { S3SourceOptions } from 'sluice';
import { args, report } from './pipe.ts';

const { dsn, url, ...options } = args() as { dsn: string; url: string } & S3SourceOptions;
const sink = pgCopyFrom({ table: 'trips', format: 'csv', header: true, config: { dsn, sslmode: 'disable' } });
await pipeline(s3Source(url, options), gunzip(), sink);
report({ rows: sink.result?.rows ?? -1, bytes: sink.result?.bytes ?? -1 });
