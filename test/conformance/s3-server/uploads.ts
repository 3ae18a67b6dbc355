/** Objects that come in parts. */
import assert from 'node:assert/strict';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import type { S3ServerCheck, S3ServerPlace } from './place.ts';
import type { Upload } from './requests.ts';
import { beginUpload, complete, get, head, put, refusal, sendPart } from './requests.ts';

/** S3 copies ranges of larger objects than 5 MiB alone. */
const LARGE = sample(5 * 1024 * 1024 + 1);

export const uploadChecks: readonly S3ServerCheck[] = [
  {
    promise: 'joins parts in the order of their numbers, whatever order they came in',
    async verify(place) {
      const bytes = sample(2 * place.minPartSize + 10);
      const upload = await beginUpload(place, 'object');
      const third = await sendPart(place, upload, 3, bytes.subarray(2 * place.minPartSize));
      const first = await sendPart(place, upload, 1, bytes.subarray(0, place.minPartSize));
      const second = await sendPart(place, upload, 2, bytes.subarray(place.minPartSize, 2 * place.minPartSize));
      const { ETag } = await complete(place, upload, [first, second, third]);
      const read = await get(place, 'object');
      assert.equal(fingerprint(read.bytes), fingerprint(bytes));
      assert.match(ETag ?? '', /^".+-3"$/);
      assert.equal(read.ETag, ETag);
    },
  },
  {
    promise: 'shows nothing of an upload before it is complete, and the old object until then',
    async verify(place) {
      await put(place, 'old', 'the old one');
      for (const name of ['old', 'new']) {
        const upload = await beginUpload(place, name);
        const part = await sendPart(place, upload, 1, 'the new one');
        if (name === 'old') assert.equal((await get(place, name)).bytes.toString(), 'the old one');
        else assert.equal(await refusal(head(place, name)), '404 NotFound');
        await complete(place, upload, [part]);
        assert.equal((await get(place, name)).bytes.toString(), 'the new one');
      }
    },
  },
  {
    promise: 'takes the last of the parts that were sent with one number',
    async verify(place) {
      const upload = await beginUpload(place, 'object');
      await sendPart(place, upload, 1, 'the first try');
      const part = await sendPart(place, upload, 1, 'the second try');
      await complete(place, upload, [part]);
      assert.equal((await get(place, 'object')).bytes.toString(), 'the second try');
    },
  },
  {
    promise: 'forgets an upload that is aborted, and says that there is none',
    async verify(place) {
      const upload = await beginUpload(place, 'object');
      const part = await sendPart(place, upload, 1, 'never seen');
      await place.client.send(new AbortMultipartUploadCommand(upload));
      assert.equal(await refusal(sendPart(place, upload, 2, 'too late')), '404 NoSuchUpload');
      assert.equal(await refusal(complete(place, upload, [part])), '404 NoSuchUpload');
      assert.equal(await refusal(place.client.send(new ListPartsCommand(upload))), '404 NoSuchUpload');
      assert.equal(await refusal(head(place, 'object')), '404 NotFound');
    },
  },
  {
    promise: 'lists the parts of an upload, page by page',
    verify: (place) =>
      withUpload(place, async (upload) => {
        const sizes = [1, 2, 3];
        for (const size of sizes) await sendPart(place, upload, size, 'x'.repeat(size));
        const found: unknown[] = [];
        let marker: string | undefined;
        do {
          const asked = new ListPartsCommand({ ...upload, MaxParts: 2, PartNumberMarker: marker });
          const { Parts = [], IsTruncated, NextPartNumberMarker } = await place.client.send(asked);
          assert.ok(Parts.length <= 2 && Parts.every(({ ETag }) => ETag !== undefined));
          for (const { PartNumber, Size } of Parts) found.push([PartNumber, Size]);
          marker = IsTruncated === true ? NextPartNumberMarker : undefined;
        } while (marker !== undefined);
        assert.deepEqual(
          found,
          sizes.map((size) => [size, size]),
        );
      }),
  },
  {
    promise: 'lists the uploads that are open, by the beginning of their keys',
    verify: (place) =>
      withUpload(place, async ({ Bucket, Key, UploadId }) => {
        const { Uploads = [] } = await place.client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
        assert.deepEqual(
          Uploads.map((upload) => [upload.Key, upload.UploadId]),
          [[Key, UploadId]],
        );
        const other = new ListMultipartUploadsCommand({ Bucket, Prefix: `${Key}/other` });
        assert.deepEqual((await place.client.send(other)).Uploads ?? [], []);
      }),
  },
  {
    promise: 'refuses to complete an upload of parts that were never sent, and keeps it open',
    verify: (place) =>
      withUpload(place, async (upload) => {
        const part = await sendPart(place, upload, 1, sample(place.minPartSize));
        const missing = { PartNumber: 2, ETag: part.ETag };
        const other = { PartNumber: 1, ETag: '"0123456789abcdef0123456789abcdef"' };
        assert.equal(await refusal(complete(place, upload, [part, missing])), '400 InvalidPart');
        assert.equal(await refusal(complete(place, upload, [other])), '400 InvalidPart');
        await sendPart(place, upload, 2, 'still open');
      }),
  },
  {
    promise: 'refuses to complete an upload whose parts are named out of order',
    verify: (place) =>
      withUpload(place, async (upload) => {
        const first = await sendPart(place, upload, 1, sample(place.minPartSize));
        const second = await sendPart(place, upload, 2, 'the last');
        assert.equal(await refusal(complete(place, upload, [second, first])), '400 InvalidPartOrder');
      }),
  },
  {
    promise: 'refuses parts that are too small, but for the last',
    verify: (place) =>
      withUpload(place, async (upload) => {
        const parts = [await sendPart(place, upload, 1, 'small'), await sendPart(place, upload, 2, 'the last')];
        assert.equal(await refusal(complete(place, upload, parts)), '400 EntityTooSmall');
      }),
  },
  {
    promise: 'copies a range of an object into a part',
    async verify(place) {
      await put(place, 'from', LARGE);
      const upload = await beginUpload(place, 'to');
      const range = { CopySource: `${place.bucket}/${place.prefix}from`, CopySourceRange: 'bytes=100-299' };
      const { CopyPartResult } = await place.client.send(
        new UploadPartCopyCommand({ ...upload, PartNumber: 1, ...range }),
      );
      await complete(place, upload, [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]);
      assert.equal(fingerprint((await get(place, 'to')).bytes), fingerprint(LARGE.subarray(100, 300)));
    },
  },
];

/** An upload that is aborted in the end. */
async function withUpload(place: S3ServerPlace, work: (upload: Upload) => Promise<void>): Promise<void> {
  const upload = await beginUpload(place, 'object');
  try {
    await work(upload);
  } finally {
    await place.client.send(new AbortMultipartUploadCommand(upload));
  }
}
