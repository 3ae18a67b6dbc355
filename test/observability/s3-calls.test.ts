import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { connectors, s3 } from '../../src/connectors/registry.ts';
import type { S3Client } from '../../src/connectors/s3/index.ts';
import type { S3Operation } from '../../src/testing/s3-server/index.ts';
import { BUCKET, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { tellsOfCalls } from './client-calls.ts';
import type { ToldCall } from './client-calls.ts';

interface Method extends ToldCall<S3Client> {
  /** The request that fails, is repeated, or is never answered. */
  readonly request: S3Operation;
}

describe('what is told of a call of a client of S3', () => {
  const server = useS3Server();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'told-'));
    await writeFile(path.join(folder, 'file'), 'data');
    server.s3.putObject(BUCKET, 'key', 'bytes');
  });
  afterEach(() => rm(folder, { recursive: true }));
  afterEach(() => connectors.reset());

  const about = (key?: string) => ({ attributes: key === undefined ? {} : { 'aws.s3.key': key } });
  const ofFile = { endings: ['success', 'failure'] } as const;
  const methods: readonly Method[] = [
    {
      ...{ name: 'headObject', operation: 'head_object', request: 'HeadObject', ...about('key') },
      ask: (client, options) => client.headObject(BUCKET, 'key', options),
    },
    {
      ...{ name: 'deleteObject', operation: 'delete_object', request: 'DeleteObject', ...about('key') },
      aborted: 'unknown',
      ask: (client, options) => client.deleteObject(BUCKET, 'key', options),
    },
    {
      ...{ name: 'deletePrefix', operation: 'delete_prefix', request: 'DeleteObjects', ...about('k') },
      ...{ totals: { rows: 1 }, aborted: 'unknown' },
      ask: (client, options) => client.deletePrefix(BUCKET, 'k', options),
    },
    {
      ...{ name: 'listObjects', operation: 'list_objects', request: 'ListObjectsV2', ...about() },
      totals: { rows: 1 },
      ask: (client, options) => Readable.from(client.listObjects(BUCKET, options)).toArray(),
    },
    {
      ...{ name: 'sweepUploads', operation: 'sweep_uploads', request: 'ListMultipartUploads', ...about() },
      totals: { rows: 0 },
      ask: (client, options) => client.sweepUploads({ bucket: BUCKET, olderThan: 0, ...options }),
    },
    {
      ...{ name: 'uploadFile', operation: 'upload_file', request: 'PutObject', ...about('new'), ...ofFile },
      totals: { bytes: 4 },
      ask: (client, options) => client.uploadFile(path.join(folder, 'file'), BUCKET, 'new', options),
    },
    {
      ...{ name: 'downloadFile', operation: 'download_file', request: 'GetObject', ...about('key'), ...ofFile },
      totals: { bytes: 5 },
      ask: (client, options) => client.downloadFile(BUCKET, 'key', path.join(folder, 'out'), options),
    },
  ];

  tellsOfCalls(
    {
      ...{ connector: 's3', requestId: 'aws.request_id', methods },
      open: (profile) => s3.client(profile, settingsFor(server.s3)),
      attributes: () => ({
        ...{ 'rpc.system.name': 'aws-api', 'aws.s3.bucket': BUCKET, 'cloud.region': server.s3.region },
        ...{ 'server.address': '127.0.0.1', 'server.port': server.s3.port },
      }),
      on: ({ request }, nth, action) => server.s3.on(request, nth, action),
      refusal: { status: 403, code: 'AccessDenied' },
    },
    24,
  );
});
