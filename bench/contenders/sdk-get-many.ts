/** The peer of sluice-get over a prefix: the SDK's paginator, then GetObject with as many at a time, each body whole. */
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { args, report } from './pipe.ts';

interface Many {
  readonly prefix: string;
  readonly concurrency: number;
  readonly client: S3ClientConfig;
}

const { prefix, concurrency, client: config } = args() as Many;
const client = new S3Client(config);
const limit = pLimit(concurrency);
let bytes = 0;
const get = async (Key: string): Promise<void> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bench', Key }));
  bytes += (await Body?.transformToByteArray())?.length ?? Number.NaN;
};
const reads: Promise<void>[] = [];
for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: 'bench', Prefix: prefix })) {
  for (const { Key = '' } of Contents) reads.push(limit(get, Key));
}
await Promise.all(reads);
client.destroy();
report({ bytes });
