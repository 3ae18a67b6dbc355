/** Which objects there are. */
import assert from 'node:assert/strict';
import type { S3ServerCheck, S3ServerPlace } from './place.ts';
import { get, head, keys, page, put } from './requests.ts';

/** Names that a careless server mistakes for something else, in the order of their UTF-8 bytes. */
export const ODD_NAMES: readonly string[] = [
  ' space ',
  '!star*(paren)',
  '#hash',
  '%25percent%',
  '&<>"\'',
  '+plus',
  ',;:@=$',
  'CASE',
  'a',
  'a b',
  'a+b',
  'a-',
  'a.',
  'a/',
  'a//b',
  'a/b',
  'a0',
  'case',
  '~tilde',
  'caf\u00e9',
  '\ufffd',
  '\u{1f600}',
].toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));

export const listingChecks: readonly S3ServerCheck[] = [
  {
    promise: 'lists every key once, in the order of its UTF-8 bytes, on pages of any size',
    async verify(place) {
      await putAll(place, ODD_NAMES);
      for (const MaxKeys of [1, 5, 1_000]) {
        assert.deepEqual(await keys(place, { MaxKeys, EncodingType: 'url' }), ODD_NAMES);
      }
    },
  },
  {
    promise: 'keeps objects apart whose keys hold odd characters',
    async verify(place) {
      await putAll(place, ODD_NAMES);
      for (const name of ODD_NAMES) assert.equal((await get(place, name)).bytes.toString(), name);
    },
  },
  {
    promise: 'says how much is on a page, and whether there is more',
    async verify(place) {
      await putAll(place, ['a', 'b', 'c']);
      const first = await page(place, { MaxKeys: 2 });
      assert.deepEqual([first.KeyCount, first.IsTruncated, first.Contents?.length], [2, true, 2]);
      assert.ok(first.NextContinuationToken !== undefined);
      const last = await page(place, { MaxKeys: 2, ContinuationToken: first.NextContinuationToken });
      assert.deepEqual([last.KeyCount, last.IsTruncated, last.NextContinuationToken], [1, false, undefined]);
    },
  },
  {
    promise: 'lists of each object what its head says',
    async verify(place) {
      await put(place, 'object', 'twelve bytes');
      const { Contents = [] } = await page(place);
      const { ETag, ContentLength, LastModified } = await head(place, 'object');
      const [listed] = Contents;
      assert.deepEqual([listed?.ETag, listed?.Size, Contents.length], [ETag, ContentLength, 1]);
      // A head has whole seconds.
      const apart = (listed?.LastModified?.getTime() ?? 0) - (LastModified?.getTime() ?? 0);
      assert.ok(Math.abs(apart) < 1_000, `${apart} ms apart`);
    },
  },
  {
    promise: 'takes a prefix to the letter',
    async verify(place) {
      await putAll(place, ['a+b', 'a b', 'a%2Bb', 'ab', 'a/b', 'a/c', 'b']);
      const under = (name: string) => keys(place, { Prefix: `${place.prefix}${name}` });
      assert.deepEqual(await under('a/'), ['a/b', 'a/c']);
      assert.deepEqual(await under('a+'), ['a+b']);
      assert.deepEqual(await under('a%'), ['a%2Bb']);
      assert.deepEqual(await under('*'), []);
    },
  },
  {
    promise: 'lists nothing where nothing is, and says so',
    async verify(place) {
      const { KeyCount, IsTruncated, Contents = [] } = await page(place);
      assert.deepEqual([KeyCount, IsTruncated, Contents], [0, false, []]);
    },
  },
  {
    promise: 'sums up what is below a delimiter',
    async verify(place) {
      await putAll(place, ['a', 'b/1', 'b/2', 'c/1', 'd']);
      const { Contents = [], CommonPrefixes = [] } = await page(place, { Delimiter: '/' });
      assert.deepEqual(
        [Contents.map(({ Key }) => Key), CommonPrefixes.map(({ Prefix }) => Prefix)],
        [['a', 'd'].map((name) => place.prefix + name), ['b/', 'c/'].map((name) => place.prefix + name)],
      );
    },
  },
  {
    promise: 'begins behind the key that it is asked to begin behind',
    async verify(place) {
      await putAll(place, ['a', 'b', 'c']);
      assert.deepEqual(await keys(place, { StartAfter: `${place.prefix}a` }), ['b', 'c']);
    },
  },
];

async function putAll(place: S3ServerPlace, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => put(place, name, name)));
}
