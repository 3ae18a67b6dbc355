import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { send } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

const md5 = (bytes: Uint8Array, encoding: 'hex' | 'base64'): string => createHash('md5').update(bytes).digest(encoding);
const under = (key: Buffer) => ({
  SSECustomerAlgorithm: 'AES256' as const,
  SSECustomerKey: key.toString('base64'),
  SSECustomerKeyMD5: md5(key, 'base64'),
});

describe('S3 server: encryption', () => {
  const target = { Bucket: 'bucket', Key: 'key' };
  const data = counterBytes(1_000);
  const key = randomBytes(32);
  let server: S3Server;
  let client: S3Client;
  beforeEach(async () => {
    server = await startS3Server({ buckets: ['bucket'], limits: { minPartSize: 1 } });
    client = sdkClient(server);
  });
  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  it('is with a key of its own unless something else is asked for', async () => {
    const put = await client.send(new PutObjectCommand({ ...target, Body: data }));
    const head = await client.send(new HeadObjectCommand(target));
    assert.deepEqual([put.ServerSideEncryption, head.ServerSideEncryption], ['AES256', 'AES256']);
    assert.equal(put.ETag, `"${md5(data, 'hex')}"`);
  });

  it('tells the key of KMS back, and no MD5', async () => {
    const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key-1', BucketKeyEnabled: true } as const;
    const put = await client.send(new PutObjectCommand({ ...target, Body: data, ...kms }));
    const head = await client.send(new HeadObjectCommand(target));
    for (const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } of [put, head]) {
      assert.deepEqual({ ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled }, kms);
    }
    assert.notEqual(put.ETag, `"${md5(data, 'hex')}"`);
  });

  it('refuses what does not go together', async () => {
    const name = 'x-amz-server-side-encryption';
    const customer = {
      [`${name}-customer-algorithm`]: 'AES256',
      [`${name}-customer-key`]: key.toString('base64'),
      [`${name}-customer-key-md5`]: md5(key, 'base64'),
    };
    const refused: Record<string, string>[] = [
      { [name]: 'rot13' },
      { [name]: 'AES256', [`${name}-aws-kms-key-id`]: 'key-1' },
      { [name]: 'aws:kms:dsse', [`${name}-bucket-key-enabled`]: 'true' },
      { [name]: 'aws:kms', [`${name}-context`]: 'plain' },
      { [name]: 'AES256', ...customer },
      { ...customer, [`${name}-customer-algorithm`]: 'DES' },
      { ...customer, [`${name}-customer-key`]: 'c2hvcnQ=' },
      { ...customer, [`${name}-customer-key-md5`]: md5(Buffer.alloc(32), 'base64') },
    ];
    for (const headers of refused) {
      const { status, body } = await send(server, { method: 'PUT', path: '/bucket/key', headers, body: 'data' });
      assert.equal(status, 400, JSON.stringify(headers));
      assert.match(body.toString(), /<Code>InvalidArgument<\/Code>/);
      assert.ok(!body.toString().includes(key.toString('base64')));
    }
    assert.deepEqual(server.objects('bucket'), []);
  });

  it('wants the key of the customer for every part and every read, and keeps it out of the log', async () => {
    const customer = under(key);
    const { UploadId } = await client.send(
      new CreateMultipartUploadCommand({ ...target, ...customer, ChecksumAlgorithm: 'CRC32' }),
    );
    const upload = { ...target, UploadId };
    const part = { ...upload, PartNumber: 1, Body: data };
    await assert.rejects(client.send(new UploadPartCommand(part)), { name: 'InvalidRequest' });
    await assert.rejects(client.send(new UploadPartCommand({ ...part, ...under(randomBytes(32)) })), {
      name: 'AccessDenied',
    });
    const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, ...customer }));
    assert.notEqual(ETag, `"${md5(data, 'hex')}"`);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] };
    const complete = { ...upload, MultipartUpload };
    await assert.rejects(client.send(new ListPartsCommand(upload)), { name: 'InvalidRequest' });
    await client.send(new ListPartsCommand({ ...upload, ...customer }));
    await assert.rejects(client.send(new CompleteMultipartUploadCommand(complete)), { name: 'InvalidRequest' });
    await client.send(new CompleteMultipartUploadCommand({ ...complete, ...customer }));
    await assert.rejects(client.send(new GetObjectCommand(target)), { name: 'InvalidRequest' });
    await assert.rejects(client.send(new GetObjectCommand({ ...target, ...under(randomBytes(32)) })), {
      name: 'AccessDenied',
    });
    const read = await client.send(new GetObjectCommand({ ...target, ...customer }));
    assert.ok((await bytesOf(read)).equals(data));
    assert.deepEqual([read.ServerSideEncryption, read.SSECustomerKeyMD5], [undefined, customer.SSECustomerKeyMD5]);
    await assert.rejects(client.send(new CopyObjectCommand({ ...target, CopySource: 'bucket/key' })), {
      name: 'NotImplemented',
    });
    assert.ok(!JSON.stringify(server.operations).includes(customer.SSECustomerKey));
  });

  it('refuses a key for what is under none', async () => {
    server.putObject('bucket', 'key', data);
    await assert.rejects(client.send(new GetObjectCommand({ ...target, ...under(key) })), { name: 'InvalidRequest' });
  });
});
