/** A file, or the beginning of one that has no end, into one object. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from 'sluice';
import type { S3ObjectSinkOptions } from 'sluice';
import { args, report } from './pipe.ts';

interface Put extends S3ObjectSinkOptions {
  readonly file: string;
  readonly bytes?: number;
  readonly readBytes?: number;
}

const { file, bytes, readBytes, ...options } = args() as Put;
const sink = s3ObjectSink(options);
const source = createReadStream(file, {
  ...(readBytes === undefined ? {} : { highWaterMark: readBytes }),
  ...(bytes === undefined ? {} : { end: bytes - 1 }),
});
await pipeline(source, sink);
report({ bytes: sink.result?.bytes ?? -1 });
