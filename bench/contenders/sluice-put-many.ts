/** Many small objects, each through a sink of its own: of one client, or with settings that are looked up anew for each. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pLimit from 'p-limit';
import { s3, s3ObjectSink } from 'sluice';
import type { S3ObjectSinkOptions } from 'sluice';
import { args, report } from './pipe.ts';

interface Many {
  readonly objects: number;
  readonly objectBytes: number;
  readonly concurrency: number;
  readonly config: NonNullable<S3ObjectSinkOptions['config']>;
  readonly withClient: boolean;
}

const { objects, objectBytes, concurrency, config, withClient } = args() as Many;
const store = withClient ? { client: s3.client('default', config) } : { config };
const body = Buffer.alloc(objectBytes, 'a line of text\n');
const limit = pLimit(concurrency);
let bytes = 0;
const put = async (key: string): Promise<void> => {
  const sink = s3ObjectSink({ bucket: 'bench', key, ...store });
  await pipeline(Readable.from([body]), sink);
  bytes += sink.result?.bytes ?? Number.NaN;
};
await Promise.all(Array.from({ length: objects }, (_, n) => limit(put, `sluice/${n}`)));
report({ objects, bytes });
