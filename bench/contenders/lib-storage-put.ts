/** The peer of sluice-put: @aws-sdk/lib-storage with the same parts and the same number in flight. */
import { createReadStream } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { args, report } from './pipe.ts';

interface Put {
  readonly client: S3ClientConfig;
  readonly key: string;
  readonly file: string;
  readonly readBytes?: number;
  readonly partSize: number;
  readonly concurrency: number;
}

const { client: config, key, file, readBytes, partSize, concurrency: queueSize } = args() as Put;
const client = new S3Client(config);
const source = createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes });
const upload = new Upload({ client, params: { Bucket: 'bench', Key: key, Body: source }, partSize, queueSize });
await upload.done();
client.destroy();
report({ bytes: source.bytesRead });
