import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type {
  CompletedPart,
  CreateMultipartUploadCommandInput,
  ListMultipartUploadsCommandOutput,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { element, send } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

describe('S3 server: multipart uploads', () => {
  const target = { Bucket: 'bucket', Key: 'dir/key' };
  const chunks = [counterBytes(10), counterBytes(7), counterBytes(3)];
  let server: S3Server;
  let client: S3Client;

  beforeEach(async () => {
    server = await startS3Server({ buckets: ['bucket'], limits: { minPartSize: 5, maxPartSize: 20, maxParts: 5 } });
    client = sdkClient(server);
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  async function begin(options: Partial<CreateMultipartUploadCommandInput> = {}): Promise<string> {
    const command = new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32', ...options });
    const { UploadId } = await client.send(command);
    return UploadId ?? assert.fail('no upload id');
  }

  async function uploadParts(UploadId: string, numbers = [1, 2, 3]): Promise<CompletedPart[]> {
    const parts: CompletedPart[] = [];
    for (const [index, PartNumber] of numbers.entries()) {
      const command = new UploadPartCommand({ ...target, UploadId, PartNumber, Body: chunks[index] ?? '' });
      const { ETag, ChecksumCRC32 } = await client.send(command);
      parts.push({ PartNumber, ETag, ChecksumCRC32 });
    }
    return parts;
  }

  const complete = (
    UploadId: string,
    Parts: CompletedPart[],
    more: object = {},
  ): Promise<{ readonly ETag?: string | undefined; readonly ChecksumCRC32?: string | undefined }> =>
    client.send(new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts }, ...more }));

  it('joins parts, in whatever order they came, with the ETag of S3', async () => {
    const UploadId = await begin({ ContentType: 'text/csv', Metadata: { a: 'b' } });
    const parts = await uploadParts(UploadId, [3, 1, 5]);
    const ordered = parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    assert.deepEqual(
      server.uploads().map((upload) => upload.parts.map(({ partNumber }) => partNumber)),
      [[1, 3, 5]],
    );
    const { ETag } = await complete(UploadId, ordered);
    const [ten, seven, three] = chunks;
    const bytes = [seven, ten, three].map((chunk) => chunk ?? Buffer.alloc(0));
    const digests = Buffer.concat(bytes.map((chunk) => createHash('md5').update(chunk).digest()));
    assert.equal(ETag, `"${createHash('md5').update(digests).digest('hex')}-3"`);
    assert.ok(server.getObject('bucket', 'dir/key')?.equals(Buffer.concat(bytes)));
    assert.deepEqual(server.uploads(), []);
    assert.equal(server.objects('bucket')[0]?.contentType, 'text/csv');
    assert.deepEqual(server.objects('bucket')[0]?.metadata, { a: 'b' });
  });

  it('gives composite and full-object checksums', async () => {
    const composite = await begin();
    const { ChecksumCRC32: joined } = await complete(composite, await uploadParts(composite));
    const digests = Buffer.alloc(12);
    for (const [index, chunk] of chunks.entries()) digests.writeUInt32BE(crc32(chunk), index * 4);
    const base64 = (crc: number): string => Buffer.from(crc.toString(16).padStart(8, '0'), 'hex').toString('base64');
    assert.equal(joined, `${base64(crc32(digests))}-3`);
    const full = await begin({ ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' });
    const parts = await uploadParts(full);
    const ChecksumCRC32 = base64(crc32(Buffer.concat(chunks)));
    await assert.rejects(complete(full, parts, { ChecksumCRC32: 'AAAAAA==' }), { name: 'BadDigest' });
    assert.equal(
      (await complete(full, parts, { ChecksumCRC32, ChecksumType: 'FULL_OBJECT' })).ChecksumCRC32,
      ChecksumCRC32,
    );
    assert.equal((await bytesOf(await client.send(new GetObjectCommand(target)))).length, 20);
  });

  it('refuses parts that are missing, changed, out of order or too small', async () => {
    const UploadId = await begin();
    const [one, two, three] = await uploadParts(UploadId);
    assert.ok(one && two && three);
    await assert.rejects(complete(UploadId, [one, { ...two, PartNumber: 4 }]), { name: 'InvalidPart' });
    await assert.rejects(complete(UploadId, [{ ...one, ETag: two.ETag }]), { name: 'InvalidPart' });
    await assert.rejects(complete(UploadId, [{ ...one, ChecksumCRC32: 'AAAAAA==' }]), { name: 'InvalidPart' });
    await assert.rejects(complete(UploadId, [two, one]), { name: 'InvalidPartOrder' });
    await assert.rejects(complete(UploadId, [one, three, { ...two, PartNumber: 3 }]), { name: 'InvalidPartOrder' });
    await assert.rejects(complete(UploadId, []), { name: 'MalformedXML' });
    const unchecked = { PartNumber: 1, ETag: one.ETag };
    await assert.rejects(
      complete(UploadId, [unchecked]),
      /must include the checksum for each part.*missing for part 1/,
    );
    const small = await begin();
    const parts = await uploadParts(small, [2, 3, 1]);
    await assert.rejects(
      complete(
        small,
        parts.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0)),
      ),
      {
        name: 'EntityTooSmall',
      },
    );
    assert.equal(server.getObject('bucket', 'dir/key'), undefined);
    assert.equal(server.uploads().length, 2);
  });

  it('keeps the last of two bodies for one part', async () => {
    const UploadId = await begin();
    await uploadParts(UploadId, [1]);
    const [part] = await uploadParts(UploadId, [1]);
    assert.ok(part);
    await complete(UploadId, [part]);
    assert.equal(server.getObject('bucket', 'dir/key')?.length, 10);
  });

  it('keeps to its limits', async () => {
    const UploadId = await begin();
    await assert.rejects(uploadParts(UploadId, [6]), { name: 'InvalidArgument' });
    await assert.rejects(uploadParts(UploadId, [0]), { name: 'InvalidArgument' });
    const large = { ...target, UploadId, PartNumber: 1, Body: counterBytes(21) };
    await assert.rejects(client.send(new UploadPartCommand(large)), { name: 'EntityTooLarge' });
  });

  it('wants the algorithm of a part to be that of its upload', async () => {
    const path = '/bucket/dir/key';
    const part = async (uploadId: string, headers: Record<string, string>): Promise<string | undefined> => {
      const query = { partNumber: '1', uploadId };
      return element(await send(server, { method: 'PUT', path, query, headers, body: 'abcdefgh' }), 'Message');
    };
    const sha = { 'x-amz-checksum-sha256': createHash('sha256').update('abcdefgh').digest('base64') };
    const mismatch = 'Checksum Type mismatch occurred, expected checksum Type:';
    assert.equal(await part(await begin(), sha), `${mismatch} crc32, actual checksum Type: sha256`);
    assert.equal(await part(await begin(), {}), `${mismatch} crc32, actual checksum Type: null`);
    assert.equal(await part(await begin({ ChecksumType: 'FULL_OBJECT', ChecksumAlgorithm: 'CRC32' }), {}), undefined);
    const create = await send(server, { method: 'POST', path, query: { uploads: '' } });
    const plain = element(create, 'UploadId') ?? '';
    assert.equal(await part(plain, sha), undefined);
    assert.equal(await part(plain, {}), undefined);
    await assert.rejects(begin({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'FULL_OBJECT' }), {
      name: 'InvalidRequest',
    });
    await assert.rejects(begin({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }), {
      name: 'InvalidRequest',
    });
  });

  it('wants the checksums of the parts again where the upload named no algorithm', async () => {
    const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(target));
    const parts = await uploadParts(UploadId);
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    await assert.rejects(complete(UploadId, bare), { name: 'InvalidPart' });
    assert.match((await complete(UploadId, parts)).ChecksumCRC32 ?? '', /-3$/);
  });

  it('obeys the conditions of a completion', async () => {
    const UploadId = await begin();
    const parts = await uploadParts(UploadId);
    server.putObject('bucket', 'dir/key', 'first');
    await assert.rejects(complete(UploadId, parts, { IfNoneMatch: '*' }), { name: 'PreconditionFailed' });
    assert.equal(server.uploads().length, 1);
    server.deleteObject('bucket', 'dir/key');
    await complete(UploadId, parts, { IfNoneMatch: '*' });
  });

  it('knows an upload no more once it is completed or aborted', async () => {
    const aborted = await begin();
    const answer = await client.send(new AbortMultipartUploadCommand({ ...target, UploadId: aborted }));
    assert.equal(answer.$metadata.httpStatusCode, 204);
    const completed = await begin();
    const parts = await uploadParts(completed);
    await complete(completed, parts);
    for (const UploadId of [aborted, completed, 'never']) {
      await assert.rejects(complete(UploadId, parts), { name: 'NoSuchUpload' });
      await assert.rejects(uploadParts(UploadId), { name: 'NoSuchUpload' });
      await assert.rejects(client.send(new ListPartsCommand({ ...target, UploadId })), { name: 'NoSuchUpload' });
      const abort = client.send(new AbortMultipartUploadCommand({ ...target, UploadId }));
      await assert.rejects(abort, { name: 'NoSuchUpload' });
    }
  });

  it('copies parts from ranges of an object', async () => {
    server.putObject('bucket', 'source', counterBytes(30));
    const UploadId = await begin();
    const copy = async (PartNumber: number, CopySourceRange: string): Promise<CompletedPart> => {
      const CopySource = 'bucket/source';
      const command = new UploadPartCopyCommand({ ...target, UploadId, PartNumber, CopySource, CopySourceRange });
      const { CopyPartResult } = await client.send(command);
      return { PartNumber, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 };
    };
    await complete(UploadId, [await copy(1, 'bytes=10-29'), await copy(2, 'bytes=0-4')]);
    const expected = Buffer.concat([counterBytes(30).subarray(10), counterBytes(5)]);
    assert.ok(server.getObject('bucket', 'dir/key')?.equals(expected));
    const other = await begin();
    const bad = {
      ...target,
      UploadId: other,
      PartNumber: 1,
      CopySource: 'bucket/source',
      CopySourceRange: 'bytes=0-30',
    };
    await assert.rejects(client.send(new UploadPartCopyCommand(bad)), { name: 'InvalidArgument' });
  });

  it('pages parts', async () => {
    const UploadId = await begin();
    await uploadParts(UploadId);
    const page = await client.send(new ListPartsCommand({ ...target, UploadId, MaxParts: 2 }));
    assert.deepEqual([page.Parts?.map(({ Size }) => Size), page.IsTruncated], [[10, 7], true]);
    const marker = { PartNumberMarker: page.NextPartNumberMarker };
    const rest = await client.send(new ListPartsCommand({ ...target, UploadId, ...marker }));
    assert.deepEqual([rest.Parts?.map(({ PartNumber }) => PartNumber), rest.IsTruncated], [[3], false]);
    assert.ok(rest.Parts?.[0]?.ChecksumCRC32);
  });

  it('pages uploads by prefix, delimiter and marker', async () => {
    for (const Key of ['b/1', 'a', 'b/2', 'a', 'c']) {
      await client.send(new CreateMultipartUploadCommand({ ...target, Key }));
    }
    const list = (more: object): Promise<ListMultipartUploadsCommandOutput> =>
      client.send(new ListMultipartUploadsCommand({ Bucket: 'bucket', ...more }));
    const first = await list({ MaxUploads: 1 });
    assert.deepEqual([first.Uploads?.map(({ Key }) => Key), first.IsTruncated], [['a'], true]);
    const marker = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
    const rest = await list(marker);
    assert.deepEqual(
      rest.Uploads?.map(({ Key }) => Key),
      ['a', 'b/1', 'b/2', 'c'],
    );
    const prefixed = await list({ Prefix: 'b/' });
    assert.equal(prefixed.Uploads?.length, 2);
    const rolled = await list({ Delimiter: '/' });
    assert.deepEqual(
      rolled.CommonPrefixes?.map(({ Prefix }) => Prefix),
      ['b/'],
    );
  });

  it('serves lib-storage with a body of unknown length', async () => {
    await using normal = await startS3Server({ buckets: ['bucket'] });
    const sdk = sdkClient(normal);
    const data = counterBytes(11 * 1024 * 1024);
    const pieces = Array.from({ length: 176 }, (_, index) => data.subarray(index * 65_536, (index + 1) * 65_536));
    const body = Readable.from(pieces);
    await new Upload({ client: sdk, params: { Bucket: 'bucket', Key: 'key', Body: body } }).done();
    sdk.destroy();
    assert.equal(normal.objects('bucket')[0]?.partCount, 3);
    assert.ok(normal.getObject('bucket', 'key')?.equals(data));
  });
});
