/** The peer of sluice-get: minio-js' body of one GetObject, read to the end. */
import { pipeline } from 'node:stream/promises';
import { Client } from 'minio';
import type { ClientOptions } from 'minio';
import { args, drain, report } from './pipe.ts';

const { client: config, key } = args() as { client: ClientOptions; key: string };
const sink = drain();
await pipeline(await new Client(config).getObject('bench', key), sink);
report({ bytes: sink.bytes });
