/** One object, or all under a prefix, read to the end. */
import { pipeline } from 'node:stream/promises';
import { s3Source } from 'sluice';
import type { S3SourceOptions } from 'sluice';
import { args, drain, report } from './pipe.ts';

const { url, ...options } = args() as { url: string } & S3SourceOptions;
const sink = drain();
await pipeline(s3Source(url, options), sink);
report({ bytes: sink.bytes });
