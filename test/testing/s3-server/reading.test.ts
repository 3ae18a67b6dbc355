import assert from 'node:assert/strict';
import {
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { element, send } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

describe('S3 server: reading', () => {
  const data = counterBytes(300_001);
  const written = new Date('2026-03-04T05:06:07Z');
  let server: S3Server;
  let client: S3Client;

  before(async () => {
    server = await startS3Server({ buckets: ['bucket'] });
    client = sdkClient(server);
    server.putObject('bucket', 'object', data, {
      contentType: 'text/csv',
      headers: { 'cache-control': 'no-store', 'content-encoding': 'identity', 'content-language': 'de' },
      metadata: { rows: '7' },
      lastModified: written,
    });
    server.putObject('bucket', 'empty', '');
    server.putObject('bucket', 'parts', data, { partSize: 100_000 });
  });

  // Its connections, that is; the next request opens another.
  afterEach(() => client.destroy());
  after(() => server.close());

  const get = (headers: Record<string, string>, key = 'object'): ReturnType<typeof send> =>
    send(server, { path: `/bucket/${key}`, headers });

  it('gives back bytes, headers and metadata', async () => {
    const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'object' }));
    assert.ok((await bytesOf(answer)).equals(data));
    assert.equal(answer.ContentType, 'text/csv');
    assert.equal(answer.CacheControl, 'no-store');
    assert.equal(answer.ContentEncoding, 'identity');
    assert.equal(answer.ContentLanguage, 'de');
    assert.deepEqual(answer.Metadata, { rows: '7' });
    assert.equal(answer.ContentLength, data.length);
    assert.equal(answer.AcceptRanges, 'bytes');
    assert.deepEqual(answer.LastModified, written);
    assert.equal(answer.ChecksumType, 'FULL_OBJECT');
    assert.match(answer.$metadata.requestId ?? '', /^[0-9A-F]{16}$/);
    assert.ok(answer.$metadata.extendedRequestId);
  });

  it('describes an object without its body', async () => {
    const answer = await client.send(
      new HeadObjectCommand({ Bucket: 'bucket', Key: 'object', ChecksumMode: 'ENABLED' }),
    );
    assert.equal(answer.ContentLength, data.length);
    assert.equal(answer.ETag, `"${server.objects('bucket').find(({ key }) => key === 'object')?.etag ?? ''}"`);
    assert.ok(answer.ChecksumCRC32);
  });

  it('answers every form of range as S3 does', async () => {
    const size = data.length;
    const cases: readonly (readonly [string, number, number, number])[] = [
      ['bytes=0-0', 206, 0, 1],
      ['bytes=10-19', 206, 10, 20],
      ['bytes=300000-', 206, 300_000, size],
      ['bytes=5-999999999', 206, 5, size],
      ['bytes=-1', 206, size - 1, size],
      ['bytes=-999999999', 206, 0, size],
      ['bytes=0-', 206, 0, size],
      ['bytes=5-2', 200, 0, size],
      ['bytes=1-2,4-5', 200, 0, size],
      ['bytes=-', 200, 0, size],
      ['rows=1-2', 200, 0, size],
      ['bytes=a-b', 200, 0, size],
    ];
    assert.equal(cases.length, 12);
    for (const [range, status, start, end] of cases) {
      const reply = await get({ range });
      assert.equal(reply.status, status, range);
      assert.ok(reply.body.equals(data.subarray(start, end)), range);
      assert.equal(reply.headers['content-range'], status === 206 ? `bytes ${start}-${end - 1}/${size}` : undefined);
    }
  });

  it('refuses ranges that begin behind the end with 416 and the size', async () => {
    for (const [key, range, size] of [
      ['object', 'bytes=300001-', 300_001],
      ['object', 'bytes=-0', 300_001],
      ['empty', 'bytes=0-', 0],
      ['empty', 'bytes=-5', 0],
    ] as const) {
      const reply = await get({ range }, key);
      assert.equal(reply.status, 416, range);
      assert.equal(reply.headers['content-range'], `bytes */${size}`);
      assert.equal(element(reply, 'Code'), 'InvalidRange');
      assert.equal(element(reply, 'ActualObjectSize'), String(size));
    }
  });

  it('shows checksums for whole objects and not for ranges', async () => {
    const mode = { 'x-amz-checksum-mode': 'ENABLED' };
    assert.ok((await get(mode)).headers['x-amz-checksum-crc32']);
    assert.equal((await get({ ...mode, range: 'bytes=0-9' })).headers['x-amz-checksum-crc32'], undefined);
    assert.equal((await get({})).headers['x-amz-checksum-crc32'], undefined);
  });

  it('evaluates read conditions in the order of RFC 9110', async () => {
    const etag = server.putObject('bucket', 'object-2', data, { lastModified: written }).etag;
    const earlier = new Date(written.getTime() - 1000).toUTCString();
    const same = written.toUTCString();
    const cases: readonly (readonly [Record<string, string>, number])[] = [
      [{ 'if-match': `"${etag}"` }, 200],
      [{ 'if-match': etag }, 200],
      [{ 'if-match': '*' }, 200],
      [{ 'if-match': '"other", "third"' }, 412],
      [{ 'if-none-match': `"${etag}"` }, 304],
      [{ 'if-none-match': '*' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-modified-since': same }, 304],
      [{ 'if-modified-since': earlier }, 200],
      [{ 'if-unmodified-since': earlier }, 412],
      [{ 'if-unmodified-since': same }, 200],
      [{ 'if-match': `"${etag}"`, 'if-unmodified-since': earlier }, 200],
      [{ 'if-none-match': '"other"', 'if-modified-since': same }, 200],
    ];
    assert.equal(cases.length, 13);
    for (const [headers, status] of cases) {
      const reply = await get(headers, 'object-2');
      assert.equal(reply.status, status, JSON.stringify(headers));
      if (status === 304) assert.equal(reply.body.length, 0);
    }
  });

  it('reads single parts and counts them', async () => {
    const answer = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'parts', PartNumber: 2 }));
    assert.ok((await bytesOf(answer)).equals(data.subarray(100_000, 200_000)));
    assert.equal(answer.PartsCount, 4);
    assert.equal(answer.ContentRange, 'bytes 100000-199999/300001');
    const beyond = await send(server, { path: '/bucket/parts', query: { partNumber: '5' } });
    assert.equal(beyond.status, 416);
    assert.equal(element(beyond, 'Code'), 'InvalidPartNumber');
    const whole = await send(server, { path: '/bucket/object', query: { partNumber: '1' } });
    assert.equal(whole.status, 206);
    assert.equal(whole.body.length, data.length);
  });

  it('lists attributes and parts', async () => {
    const answer = await client.send(
      new GetObjectAttributesCommand({
        Bucket: 'bucket',
        Key: 'parts',
        ObjectAttributes: ['ETag', 'Checksum', 'ObjectParts', 'ObjectSize', 'StorageClass'],
        MaxParts: 3,
      }),
    );
    assert.equal(answer.ObjectSize, data.length);
    assert.match(answer.ETag ?? '', /^[0-9a-f]{32}-4$/);
    assert.equal(answer.Checksum?.ChecksumType, 'COMPOSITE');
    assert.equal(answer.ObjectParts?.TotalPartsCount, 4);
    assert.equal(answer.ObjectParts.Parts?.length, 3);
    assert.equal(answer.ObjectParts.IsTruncated, true);
  });

  it('overrides reply headers from the query', async () => {
    const answer = await client.send(
      new GetObjectCommand({
        Bucket: 'bucket',
        Key: 'object',
        ResponseContentType: 'text/plain',
        ResponseExpires: written,
      }),
    );
    assert.equal(answer.ContentType, 'text/plain');
    assert.equal(answer.ExpiresString, written.toUTCString());
    await bytesOf(answer);
  });

  it('names what is missing, and says nothing in the body of a HEAD', async () => {
    const key = await get({}, 'absent');
    assert.deepEqual([key.status, element(key, 'Code'), element(key, 'Key')], [404, 'NoSuchKey', 'absent']);
    assert.equal(element(key, 'RequestId'), key.headers['x-amz-request-id']);
    assert.equal(element(key, 'HostId'), key.headers['x-amz-id-2']);
    const bucket = await send(server, { path: '/absent/key' });
    assert.deepEqual([bucket.status, element(bucket, 'BucketName')], [404, 'absent']);
    const head = await send(server, { method: 'HEAD', path: '/bucket/absent' });
    assert.deepEqual([head.status, head.body.length], [404, 0]);
    await assert.rejects(client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'absent' })), (error) => {
      assert.ok(error instanceof S3ServiceException);
      assert.equal(error.name, 'NotFound');
      return true;
    });
  });
});
