/** The unmodified AWS SDK, pointed at a test server. */
import { S3Client } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';

/** One attempt, so that a refusal is seen as it comes. */
export function sdkClient(server: S3Server, config: S3ClientConfig = {}): S3Client {
  const { accessKeyId, secretAccessKey, sessionToken } = server;
  return new S3Client({
    endpoint: server.endpoint,
    region: server.region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    ...config,
  });
}

/** The whole body of an answer. */
export async function bytesOf(answer: {
  readonly Body?: { transformToByteArray(): Promise<Uint8Array> } | undefined;
}): Promise<Buffer> {
  return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
}

/** Bytes that differ at every position, so that a shifted or repeated range shows. */
export function counterBytes(length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let index = 0; index < bytes.length; index += 4) bytes.writeUInt32BE(index / 4, index);
  return bytes.subarray(0, length);
}
