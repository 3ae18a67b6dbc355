/** Many objects at once, and objects made of others. */
import assert from 'node:assert/strict';
import { CopyObjectCommand, DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { ODD_NAMES } from './listing.ts';
import type { S3ServerCheck, S3ServerPlace } from './place.ts';
import { get, keys, put, refusal, target } from './requests.ts';

/** As many as one request may name. */
const MOST = 1_000;

export const removingChecks: readonly S3ServerCheck[] = [
  {
    promise: 'deletes the objects of a list, and nothing else',
    async verify(place) {
      const names = [...ODD_NAMES, 'kept'];
      await Promise.all(names.map((name) => put(place, name, name)));
      const { Deleted = [], Errors = [] } = await deleteAll(place, ODD_NAMES);
      assert.deepEqual([Deleted.length, Errors], [ODD_NAMES.length, []]);
      assert.deepEqual(await keys(place), ['kept']);
    },
  },
  {
    promise: 'takes a thousand keys in one request, and keys of nothing for done',
    async verify(place) {
      const names = Array.from({ length: MOST }, (_, n) => `nothing-${n}`);
      const { Deleted = [], Errors = [] } = await deleteAll(place, names);
      assert.deepEqual([Deleted.length, Errors], [MOST, []]);
    },
  },
  {
    promise: 'says nothing of what went well, when it is asked to be quiet',
    async verify(place) {
      await put(place, 'object', 'here');
      const { Deleted = [], Errors = [] } = await deleteAll(place, ['object'], true);
      assert.deepEqual([Deleted, Errors, await keys(place)], [[], [], []]);
    },
  },
  {
    promise: 'copies an object with all that belongs to it, whatever its key',
    async verify(place) {
      const name = 'from +%25 caf\u00e9/\u{1f600}';
      await put(place, name, 'the bytes', { ContentType: 'text/csv', Metadata: { origin: 'here' } });
      await copy(place, name, 'to');
      const { bytes, ContentType, Metadata } = await get(place, 'to');
      assert.deepEqual([bytes.toString(), ContentType, Metadata], ['the bytes', 'text/csv', { origin: 'here' }]);
      assert.equal((await get(place, name)).bytes.toString(), 'the bytes');
    },
  },
  {
    promise: 'copies only the version that it is asked for, and not what is not there',
    async verify(place) {
      const etag = await put(place, 'from', 'the bytes');
      await copy(place, 'from', 'to', etag);
      await put(place, 'from', 'other bytes');
      assert.equal(await refusal(copy(place, 'from', 'again', etag)), '412 PreconditionFailed');
      assert.equal(await refusal(copy(place, 'nothing', 'again')), '404 NoSuchKey');
      assert.equal(await refusal(get(place, 'again')), '404 NoSuchKey');
    },
  },
];

function deleteAll(place: S3ServerPlace, names: readonly string[], quiet = false) {
  const Objects = names.map((name) => ({ Key: `${place.prefix}${name}` }));
  return place.client.send(new DeleteObjectsCommand({ Bucket: place.bucket, Delete: { Objects, Quiet: quiet } }));
}

function copy(place: S3ServerPlace, from: string, to: string, etag?: string) {
  const path = `${place.bucket}/${place.prefix}${from}`.split('/').map(encodeURIComponent).join('/');
  const condition = etag === undefined ? {} : { CopySourceIfMatch: etag };
  return place.client.send(new CopyObjectCommand({ ...target(place, to), CopySource: path, ...condition }));
}
