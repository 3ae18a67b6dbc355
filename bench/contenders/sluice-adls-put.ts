/** A file into one file of a Data Lake. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { adlsFileSink } from 'sluice';
import type { AdlsFileSinkOptions } from 'sluice';
import { args, report } from './pipe.ts';

const { file, readBytes, ...options } = args() as AdlsFileSinkOptions & { file: string; readBytes?: number };
const sink = adlsFileSink(options);
await pipeline(createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes }), sink);
report({ bytes: sink.result?.bytes ?? -1 });
