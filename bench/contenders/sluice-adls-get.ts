/** One file of a Data Lake, read to the end. */
import { pipeline } from 'node:stream/promises';
import { adlsSource } from 'sluice';
import type { AdlsSourceOptions } from 'sluice';
import { args, drain, report } from './pipe.ts';

const { url, ...options } = args() as { url: string } & AdlsSourceOptions;
const sink = drain();
await pipeline(adlsSource(url, options), sink);
report({ bytes: sink.bytes });
