/** The peer of sluice-gunzip: node:zlib, as it comes or with larger chunks. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { args, drain, report } from './pipe.ts';

const { file, readBytes, chunkSize } = args() as { file: string; readBytes?: number; chunkSize?: number };
const sink = drain();
const source = createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes });
await pipeline(source, createGunzip(chunkSize === undefined ? {} : { chunkSize }), sink);
report({ bytes: sink.bytes });
