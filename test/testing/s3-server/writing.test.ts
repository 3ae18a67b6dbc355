import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { createHash } from 'node:crypto';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { element, send } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

describe('S3 server: writing', () => {
  let server: S3Server;
  let client: S3Client;

  beforeEach(async () => {
    server = await startS3Server({ buckets: ['bucket', 'other'] });
    client = sdkClient(server);
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  const put = (headers: Record<string, string>, body: string | Uint8Array = 'data'): ReturnType<typeof send> =>
    send(server, { method: 'PUT', path: '/bucket/key', headers, body });

  it('stores bytes under their MD5', async () => {
    const data = counterBytes(200_000);
    const answer = await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: data }));
    assert.equal(answer.ETag, `"${createHash('md5').update(data).digest('hex')}"`);
    assert.ok(server.getObject('bucket', 'key')?.equals(data));
  });

  it('asks for the body of a large put before it is sent', async () => {
    const data = counterBytes(3_000_000);
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: data }));
    assert.equal(server.operations[0]?.headers['expect'], '100-continue');
    assert.ok(server.getObject('bucket', 'key')?.equals(data));
  });

  it('refuses a large put before its body is sent', async () => {
    const stranger = sdkClient(server, { credentials: { accessKeyId: 'stranger', secretAccessKey: 'none' } });
    const body = counterBytes(3_000_000);
    await assert.rejects(stranger.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: body })), {
      name: 'InvalidAccessKeyId',
    });
    stranger.destroy();
    assert.equal((await server.waitFor('PutObject', 1, 'ended')).bytesIn, 0);
  });

  it('leaves aws-chunked out of the stored encoding', async () => {
    const body = Readable.from([counterBytes(100)]);
    const length = { ContentLength: 100, ContentEncoding: 'gzip' };
    await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: body, ...length }));
    assert.equal(server.objects('bucket')[0]?.headers['content-encoding'], 'gzip');
    assert.match(server.operations[0]?.headers['content-encoding'] ?? '', /aws-chunked/);
  });

  it('obeys the conditions of a write', async () => {
    assert.equal((await put({ 'if-match': '"none"' })).status, 404);
    assert.equal((await put({ 'if-none-match': '*' })).status, 200);
    const again = await put({ 'if-none-match': '*' }, 'other');
    assert.deepEqual([again.status, element(again, 'Condition')], [412, 'If-None-Match']);
    assert.equal((await put({ 'if-none-match': '"etag"' })).status, 501);
    assert.equal((await put({ 'if-match': '"none"' })).status, 412);
    assert.equal(server.getObject('bucket', 'key')?.toString(), 'data');
    assert.equal((await put({ 'if-match': `"${server.objects('bucket')[0]?.etag ?? ''}"` }, 'new')).status, 200);
  });

  it('refuses a body that is not what its headers promise, and stores nothing', async () => {
    const md5 = (text: string): string => createHash('md5').update(text).digest('base64');
    const refusals: readonly (readonly [Record<string, string>, number, string])[] = [
      [{ 'content-md5': md5('else') }, 400, 'BadDigest'],
      [{ 'content-md5': 'short' }, 400, 'InvalidDigest'],
      [{ 'x-amz-content-sha256': createHash('sha256').update('else').digest('hex') }, 400, 'XAmzContentSHA256Mismatch'],
      [{ 'x-amz-checksum-crc32': 'AAAAAA==' }, 400, 'BadDigest'],
      [{ 'x-amz-checksum-crc32': 'AA==' }, 400, 'InvalidRequest'],
      [{ 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' }, 400, 'InvalidRequest'],
      [{ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, 400, 'InvalidRequest'],
      [{ 'x-amz-meta-big': 'x'.repeat(2100) }, 400, 'MetadataTooLarge'],
    ];
    assert.equal(refusals.length, 8);
    for (const [headers, status, code] of refusals) {
      const reply = await put(headers);
      assert.deepEqual([reply.status, element(reply, 'Code')], [status, code], JSON.stringify(headers));
    }
    assert.deepEqual(server.objects('bucket'), []);
    assert.equal((await put({ 'content-md5': md5('data') })).status, 200);
  });

  it('needs a length', async () => {
    const what = { method: 'PUT', path: '/bucket/key', body: [Buffer.from('data')], payload: 'UNSIGNED-PAYLOAD' };
    const reply = await send(server, { ...what, headers: { 'transfer-encoding': 'chunked' } });
    assert.deepEqual([reply.status, element(reply, 'Code')], [411, 'MissingContentLength']);
  });

  it('refuses what is larger than the limit', async () => {
    await using small = await startS3Server({ buckets: ['bucket'], limits: { maxPartSize: 10 } });
    const reply = await send(small, { method: 'PUT', path: '/bucket/key', body: 'eleven bytes' });
    assert.deepEqual([reply.status, element(reply, 'Code')], [400, 'EntityTooLarge']);
    assert.deepEqual(small.objects('bucket'), []);
  });

  it('deletes, also what is not there', async () => {
    server.putObject('bucket', 'key', 'data');
    const first = await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    const second = await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'key' }));
    assert.deepEqual([first.$metadata.httpStatusCode, second.$metadata.httpStatusCode], [204, 204]);
    assert.deepEqual(server.objects('bucket'), []);
  });

  it('deletes many at once, whatever their names', async () => {
    const keys = ['a', 'b&<>"', 'c\r\nd', ' ', 'ü/\u{1F600}'];
    for (const key of keys) server.putObject('bucket', key, key);
    server.putObject('bucket', 'kept', 'kept');
    const Objects = keys.map((Key) => ({ Key }));
    const answer = await client.send(new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects } }));
    assert.deepEqual(
      answer.Deleted?.map(({ Key }) => Key),
      keys,
    );
    assert.deepEqual(
      server.objects('bucket').map(({ key }) => key),
      ['kept'],
    );
    const quiet = { Objects: [{ Key: 'kept' }], Quiet: true };
    const silent = await client.send(new DeleteObjectsCommand({ Bucket: 'bucket', Delete: quiet }));
    assert.equal(silent.Deleted, undefined);
    assert.deepEqual(server.objects('bucket'), []);
  });

  it('refuses a batch without a digest, a broken one and one that is too long', async () => {
    const post = (body: string, headers: Record<string, string>): ReturnType<typeof send> =>
      send(server, { method: 'POST', path: '/bucket', query: { delete: '' }, body, headers });
    const xml = '<Delete><Object><Key>k</Key></Object></Delete>';
    const md5 = (text: string): Record<string, string> => ({
      'content-md5': createHash('md5').update(text).digest('base64'),
    });
    assert.equal(element(await post(xml, {}), 'Code'), 'InvalidRequest');
    assert.equal((await post(xml, md5(xml))).status, 200);
    for (const bad of [
      '<Delete>',
      '<!DOCTYPE x><Delete/>',
      '<Delete/>',
      '<Delete><Object><Key>&x;</Key></Object></Delete>',
    ]) {
      assert.equal(element(await post(bad, md5(bad)), 'Code'), 'MalformedXML', bad);
    }
  });

  it('copies with metadata, replaced metadata and conditions', async () => {
    const data = counterBytes(1000);
    server.putObject('bucket', 'a b/ü?', data, { metadata: { kind: 'old' }, partSize: 300 });
    const source = encodeURI('bucket/a b/ü') + '%3F';
    const plain = { Bucket: 'other', CopySource: source };
    const copied = await client.send(new CopyObjectCommand({ ...plain, Key: 'copy' }));
    assert.equal(copied.CopyObjectResult?.ETag, `"${createHash('md5').update(data).digest('hex')}"`);
    assert.equal(copied.CopyObjectResult.ChecksumType, 'FULL_OBJECT');
    await client.send(
      new CopyObjectCommand({ ...plain, Key: 'new', MetadataDirective: 'REPLACE', Metadata: { kind: 'new' } }),
    );
    const [copy, replaced] = server.objects('other');
    assert.deepEqual([copy?.metadata, replaced?.metadata], [{ kind: 'old' }, { kind: 'new' }]);
    assert.ok((await bytesOf(await client.send(new GetObjectCommand({ Bucket: 'other', Key: 'copy' })))).equals(data));
    await assert.rejects(client.send(new CopyObjectCommand({ ...plain, Key: 'x', CopySourceIfMatch: '"no"' })), {
      name: 'PreconditionFailed',
    });
    await assert.rejects(client.send(new CopyObjectCommand({ ...plain, Bucket: 'bucket', Key: 'a b/ü?' })), {
      name: 'InvalidRequest',
    });
    await assert.rejects(client.send(new CopyObjectCommand({ ...plain, CopySource: 'bucket/absent', Key: 'x' })), {
      name: 'NoSuchKey',
    });
  });
});
