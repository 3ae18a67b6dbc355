/** Objects that are put, read and asked about. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { DeleteObjectCommand, HeadBucketCommand } from '@aws-sdk/client-s3';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import type { S3ServerCheck } from './place.ts';
import { get, head, page, put, refusal, target } from './requests.ts';

export const objectChecks: readonly S3ServerCheck[] = [
  {
    promise: 'gives back the bytes, the type, the encoding and the metadata of an object',
    async verify(place) {
      const bytes = sample(200_000);
      const about = { ContentType: 'text/csv', ContentEncoding: 'gzip', Metadata: { origin: 'here' } };
      await put(place, 'object', bytes, about);
      const read = await get(place, 'object');
      assert.equal(fingerprint(read.bytes), fingerprint(bytes));
      for (const answer of [read, await head(place, 'object')]) {
        const { ContentType, ContentEncoding, Metadata, ContentLength, LastModified } = answer;
        assert.deepEqual({ ContentType, ContentEncoding, Metadata }, about);
        assert.equal(ContentLength, bytes.length);
        assert.ok(LastModified !== undefined && Math.abs(Date.now() - LastModified.getTime()) < 3_600_000);
      }
    },
  },
  {
    promise: 'keeps an empty object',
    async verify(place) {
      await put(place, 'empty', '');
      const { bytes, ContentLength } = await get(place, 'empty');
      assert.deepEqual([bytes.length, ContentLength], [0, 0]);
    },
  },
  {
    promise: 'replaces an object as a whole',
    async verify(place) {
      await put(place, 'object', 'something long', { Metadata: { old: 'yes' } });
      await put(place, 'object', 'short');
      const { bytes, Metadata = {} } = await get(place, 'object');
      assert.deepEqual([bytes.toString(), Metadata], ['short', {}]);
    },
  },
  {
    promise: 'has one ETag for the same bytes in every answer, and another for others',
    async verify(place) {
      const etag = await put(place, 'object', 'one');
      const { Contents = [] } = await page(place);
      const told = [await get(place, 'object'), await head(place, 'object'), ...Contents].map(({ ETag }) => ETag);
      assert.deepEqual(told, [etag, etag, etag]);
      assert.match(etag, /^".+"$/);
      assert.notEqual(await put(place, 'object', 'two'), etag);
    },
  },
  {
    promise: 'tells an object that is not there from a bucket that is not there',
    async verify(place) {
      assert.equal(await refusal(get(place, 'nothing')), '404 NoSuchKey');
      assert.equal(await refusal(head(place, 'nothing')), '404 NotFound');
      const elsewhere = { ...place, bucket: 'no-such-bucket-anywhere' };
      const requests = [() => get(elsewhere, 'a'), () => put(elsewhere, 'a', 'a'), () => page(elsewhere)];
      for (const request of requests) assert.equal(await refusal(request()), '404 NoSuchBucket');
      const asked = place.client.send(new HeadBucketCommand({ Bucket: elsewhere.bucket }));
      assert.equal(await refusal(asked), '404 NotFound');
    },
  },
  {
    promise: 'deletes an object, and takes it for done where there is none',
    async verify(place) {
      await put(place, 'object', 'here');
      for (let round = 0; round < 2; round += 1) {
        await place.client.send(new DeleteObjectCommand(target(place, 'object')));
        assert.equal(await refusal(get(place, 'object')), '404 NoSuchKey');
      }
    },
  },
  {
    promise: 'refuses bytes that are not those of their checksum',
    async verify(place) {
      const wrong = put(place, 'object', 'these bytes', { ChecksumCRC32: checksum('other bytes') });
      assert.match(await refusal(wrong), /^400 (?:BadDigest|InvalidRequest|XAmzContentChecksumMismatch)$/);
      assert.equal(await refusal(get(place, 'object')), '404 NoSuchKey');
    },
  },
  {
    promise: 'tells the checksum that an object was put with',
    async verify(place) {
      await put(place, 'object', 'these bytes', { ChecksumCRC32: checksum('these bytes') });
      const { ChecksumCRC32 } = await get(place, 'object', { ChecksumMode: 'ENABLED' });
      assert.equal(ChecksumCRC32, checksum('these bytes'));
    },
  },
  {
    promise: 'refuses whoever it does not know, and whoever cannot sign',
    async verify(place) {
      const unknown = { ...place, client: place.stranger('unknown key') };
      const impostor = { ...place, client: place.stranger('wrong secret') };
      try {
        assert.equal(await refusal(page(unknown)), '403 InvalidAccessKeyId');
        assert.equal(await refusal(put(impostor, 'object', 'forged')), '403 SignatureDoesNotMatch');
      } finally {
        for (const { client } of [unknown, impostor]) client.destroy();
      }
      assert.equal(await refusal(get(place, 'object')), '404 NoSuchKey');
    },
  },
];

function checksum(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
}
