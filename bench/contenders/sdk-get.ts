/** The peer of sluice-get: one GetObject of the AWS SDK, its body read to the end. */
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { args, drain, report } from './pipe.ts';

const { client: config, key } = args() as { client: S3ClientConfig; key: string };
const client = new S3Client(config);
const sink = drain();
const { Body } = await client.send(new GetObjectCommand({ Bucket: 'bench', Key: key }));
await pipeline(Body as Readable, sink);
client.destroy();
report({ bytes: sink.bytes });
