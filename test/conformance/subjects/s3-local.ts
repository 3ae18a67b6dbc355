/** The S3 services that need nothing but npm packages: our own test server, and fauxqs as the second opinion. */
import { buildApp } from 'fauxqs';
import type { S3Client } from '@aws-sdk/client-s3';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Limits } from '../../../src/testing/s3-server/index.ts';
import type { S3Service } from './s3-service.ts';
import { arrangingClient } from './s3-service.ts';

const BUCKET = 'conformance';
const KIB = 1024;
const MIB = 1024 * KIB;

/** So that many parts are few bytes. What is put in one request may be as large as it likes. */
const SMALL_PARTS = { minPartSize: 64 * KIB, maxPartSize: MIB, maxParts: 1_000, maxObjectSize: 100 * MIB };

/** With other limits than S3's, so that many parts, or pages, are few bytes. */
export async function ownService(limits: Partial<S3Limits> = {}): Promise<S3Service> {
  const { minPartSize, maxParts } = SMALL_PARTS;
  const server = await startS3Server({ buckets: [BUCKET], limits: { minPartSize, maxParts, ...limits } });
  const { endpoint, region, accessKeyId, secretAccessKey, port } = server;
  return {
    settings: { endpointUrl: endpoint, region, credentials: { accessKeyId, secretAccessKey } },
    ...{ bucket: BUCKET, prefix: 'streams/', minPartSize, limits: SMALL_PARTS },
    address: { host: '127.0.0.1', port },
    openUploads: (key) => Promise.resolve(server.uploads().filter((upload) => upload.key === key).length),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** It lists no uploads, so they are counted as they are begun, completed and aborted. */
export async function fauxqsService(): Promise<S3Service> {
  const app = buildApp({ logger: false });
  const open = new Map<string, number>();
  app.addHook('onResponse', (request, reply, done) => {
    const { pathname, searchParams } = new URL(request.url, 'http://fauxqs');
    const key = decodeURIComponent(pathname.slice(`/${BUCKET}/`.length));
    const change = searchParams.has('uploads') ? 1 : -1;
    const isEnd = searchParams.has('uploadId') && ['POST', 'DELETE'].includes(request.method);
    if (reply.statusCode < 300 && (searchParams.has('uploads') || isEnd)) open.set(key, (open.get(key) ?? 0) + change);
    done();
  });
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const settings = { endpointUrl: endpoint, region: 'us-east-1', credentials };
  const client: S3Client = arrangingClient({ settings });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  return {
    ...{ settings, bucket: BUCKET, prefix: 'streams/', minPartSize: 5 * MIB },
    address: { host: '127.0.0.1', port: Number(new URL(endpoint).port) },
    openUploads: (key) => Promise.resolve(open.get(key) ?? 0),
    [Symbol.asyncDispose]: () => app.close(),
  };
}
