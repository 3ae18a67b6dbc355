/** The peer of sluice-put-many: PutObject of the AWS SDK, as many at a time. */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { args, report } from './pipe.ts';

interface Many {
  readonly objects: number;
  readonly objectBytes: number;
  readonly concurrency: number;
  readonly client: S3ClientConfig;
}

const { objects, objectBytes, concurrency, client: config } = args() as Many;
const client = new S3Client(config);
const body = Buffer.alloc(objectBytes, 'a line of text\n');
const limit = pLimit(concurrency);
let bytes = 0;
const put = async (key: string): Promise<void> => {
  await client.send(new PutObjectCommand({ Bucket: 'bench', Key: key, Body: body }));
  bytes += body.length;
};
await Promise.all(Array.from({ length: objects }, (_, n) => limit(put, `sdk/${n}`)));
client.destroy();
report({ objects, bytes });
