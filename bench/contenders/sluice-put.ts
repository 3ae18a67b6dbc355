/** A file into one object. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from 'sluice';
import type { S3ObjectSinkOptions } from 'sluice';
import { args, report } from './pipe.ts';

const { file, readBytes, ...options } = args() as { file: string; readBytes?: number } & S3ObjectSinkOptions;
const sink = s3ObjectSink(options);
await pipeline(createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes }), sink);
report({ bytes: sink.result?.bytes ?? -1 });
