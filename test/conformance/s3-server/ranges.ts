/** Some bytes of an object, and of one version of it. */
import assert from 'node:assert/strict';
import { S3ServiceException } from '@aws-sdk/client-s3';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import type { S3ServerCheck } from './place.ts';
import { get, put, refusal } from './requests.ts';

const SIZE = 100_000;
const BYTES = sample(SIZE);

export const rangeChecks: readonly S3ServerCheck[] = [
  {
    promise: 'gives exactly the range that it is asked for, and says which of how many bytes it is',
    async verify(place) {
      await put(place, 'object', BYTES);
      const ranges: readonly (readonly [asked: string, first: number, last: number])[] = [
        ['bytes=0-0', 0, 0],
        ['bytes=1000-1999', 1_000, 1_999],
        [`bytes=${SIZE - 1}-`, SIZE - 1, SIZE - 1],
        [`bytes=5-${SIZE - 1}`, 5, SIZE - 1],
        ['bytes=-7', SIZE - 7, SIZE - 1],
        [`bytes=99000-${2 * SIZE}`, 99_000, SIZE - 1],
      ];
      for (const [Range, first, last] of ranges) {
        const { bytes, ContentRange, ContentLength, $metadata } = await get(place, 'object', { Range });
        assert.equal(fingerprint(bytes), fingerprint(BYTES.subarray(first, last + 1)), Range);
        assert.deepEqual(
          [$metadata.httpStatusCode, ContentRange, ContentLength],
          [206, `bytes ${first}-${last}/${SIZE}`, last - first + 1],
        );
      }
    },
  },
  {
    promise: 'refuses a range that begins behind the end, and any range of an empty object',
    async verify(place) {
      await put(place, 'object', BYTES);
      await put(place, 'empty', '');
      assert.equal(await refusal(get(place, 'object', { Range: `bytes=${SIZE}-` })), '416 InvalidRange');
      assert.equal(await refusal(get(place, 'empty', { Range: 'bytes=0-9' })), '416 InvalidRange');
    },
  },
  {
    promise: 'gives a range only of the version that it is asked for',
    async verify(place) {
      const etag = await put(place, 'object', BYTES);
      const asked = { Range: 'bytes=10-19', IfMatch: etag };
      assert.equal((await get(place, 'object', asked)).bytes.length, 10);
      await put(place, 'object', sample(SIZE + 1));
      assert.equal(await refusal(get(place, 'object', asked)), '412 PreconditionFailed');
    },
  },
  {
    promise: 'sends nothing that its reader has already',
    async verify(place) {
      const etag = await put(place, 'object', BYTES);
      const again = await get(place, 'object', { IfNoneMatch: etag }).catch((error: unknown) => error);
      assert.ok(again instanceof S3ServiceException, 'it was sent again');
      assert.equal(again.$metadata.httpStatusCode, 304);
      assert.equal((await get(place, 'object', { IfNoneMatch: '"another"' })).bytes.length, SIZE);
    },
  },
];
