/** A gzip file through gunzip(). */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { gunzip } from 'sluice';
import { args, drain, report } from './pipe.ts';

const { file, readBytes } = args() as { file: string; readBytes?: number };
const sink = drain();
await pipeline(createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes }), gunzip(), sink);
report({ bytes: sink.bytes });
