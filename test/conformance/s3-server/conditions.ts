/** Writes that depend on what is there. */
import assert from 'node:assert/strict';
import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3';
import type { S3ServerCheck } from './place.ts';
import { beginUpload, complete, get, put, refusal, sendPart } from './requests.ts';

const WRITERS = 4;

export const conditionChecks: readonly S3ServerCheck[] = [
  {
    promise: 'puts an object only if there is none, when it is asked to',
    async verify(place) {
      await put(place, 'object', 'the first', { IfNoneMatch: '*' });
      assert.equal(await refusal(put(place, 'object', 'another', { IfNoneMatch: '*' })), '412 PreconditionFailed');
      assert.equal((await get(place, 'object')).bytes.toString(), 'the first');
    },
  },
  {
    promise: 'lets one of several writers win who all want to be the first',
    async verify(place) {
      const names = Array.from({ length: WRITERS }, (_, n) => `writer ${n}`);
      const written = await Promise.allSettled(names.map((name) => put(place, 'object', name, { IfNoneMatch: '*' })));
      const winners = names.filter((_, n) => written[n]?.status === 'fulfilled');
      assert.deepEqual(winners, [(await get(place, 'object')).bytes.toString()]);
    },
  },
  {
    promise: 'puts an object only in the place of the one that its writer knows, when it is asked to',
    async verify(place) {
      const etag = await put(place, 'object', 'the first');
      await put(place, 'object', 'the second', { IfMatch: etag });
      assert.equal(await refusal(put(place, 'object', 'a third', { IfMatch: etag })), '412 PreconditionFailed');
      assert.equal((await get(place, 'object')).bytes.toString(), 'the second');
      assert.equal(await refusal(put(place, 'nothing', 'a third', { IfMatch: etag })), '404 NoSuchKey');
    },
  },
  {
    promise: 'completes an upload only if there is no object, when it is asked to',
    async verify(place) {
      const upload = await beginUpload(place, 'object');
      const part = await sendPart(place, upload, 1, 'uploaded');
      await put(place, 'object', 'the first');
      assert.equal(await refusal(complete(place, upload, [part], { IfNoneMatch: '*' })), '412 PreconditionFailed');
      assert.equal((await get(place, 'object')).bytes.toString(), 'the first');
      await place.client.send(new AbortMultipartUploadCommand(upload));
      const other = await beginUpload(place, 'other');
      await complete(place, other, [await sendPart(place, other, 1, 'uploaded')], { IfNoneMatch: '*' });
      assert.equal((await get(place, 'other')).bytes.toString(), 'uploaded');
    },
  },
];
