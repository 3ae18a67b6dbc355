/** One unsigned GET with undici: the fastest HTTP client of Node, and nothing else. */
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { args, drain, report } from './pipe.ts';

const { url } = args() as { url: string };
const sink = drain();
const { body } = await request(url);
await pipeline(body, sink);
report({ bytes: sink.bytes });
process.exit(0);
