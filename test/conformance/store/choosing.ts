/** Some bytes, some version, or nothing unless there was nothing. */
import assert from 'node:assert/strict';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import { refusalOf, statsUnder, textOf } from './asking.ts';
import type { StoreCheck } from './place.ts';

const SIZE = 10_000;
const WRITERS = 4;

export const choosingChecks: readonly StoreCheck[] = [
  {
    promise: 'reads exactly the range that it is asked for, and no further than the end',
    async verify({ store }) {
      const bytes = sample(SIZE);
      await store.write('name', bytes);
      const ranges = [
        { start: 0, end: 0 },
        { start: 100, end: 299 },
        { start: SIZE - 1 },
        { end: 9 },
        { start: 9_000, end: 2 * SIZE },
        {},
      ];
      for (const range of ranges) {
        const { start = 0, end = SIZE - 1 } = range;
        const read = await store.read('name', { range });
        assert.equal(fingerprint(read), fingerprint(bytes.subarray(start, end + 1)), JSON.stringify(range));
      }
    },
  },
  {
    promise: 'refuses a range that begins behind the end',
    async verify(place) {
      await place.store.write('name', sample(SIZE));
      const reading = place.store.read('name', { range: { start: SIZE } });
      assert.equal((await refusalOf(place, 'reading', reading)).code, 'RANGE_NOT_SATISFIABLE');
    },
  },
  {
    promise: 'reads only the version that it is asked for',
    async verify(place) {
      const etag = await place.store.write('name', Buffer.from('one'));
      assert.equal(String(await place.store.read('name', { etag })), 'one');
      await place.store.write('name', Buffer.from('two'));
      const { code } = await refusalOf(place, 'reading', place.store.read('name', { etag }));
      assert.equal(code, 'OBJECT_CHANGED');
    },
  },
  {
    promise: 'replaces nothing when it is asked not to',
    async verify(place) {
      const { store } = place;
      await store.write('name', Buffer.from('the first'), { ifAbsent: true });
      const { code } = await refusalOf(place, 'writing', store.write('name', Buffer.from('no'), { ifAbsent: true }));
      assert.equal(code, 'ALREADY_EXISTS');
      assert.equal(await textOf(store, 'name'), 'the first');
    },
  },
  {
    promise: 'lets one of several writers win who all want to be the first',
    async verify(place) {
      const { store } = place;
      const texts = Array.from({ length: WRITERS }, (_, n) => `writer ${n}`);
      const written = await Promise.allSettled(
        texts.map((text) => store.write('name', Buffer.from(text), { ifAbsent: true })),
      );
      const winners = texts.filter((_, n) => written[n]?.status === 'fulfilled');
      assert.deepEqual(winners, [await textOf(store, 'name')]);
    },
  },
  {
    promise: 'says of each request that there is nothing by a name, or nowhere for one',
    async verify(place) {
      const { store, nowhere } = place;
      const requests: [string, Promise<unknown>][] = [
        ['reading nothing', store.read('nothing')],
        ['asking about nothing', store.stat('nothing')],
        ['reading nowhere', nowhere.read('name')],
        ['asking nowhere', nowhere.stat('name')],
        ['writing nowhere', nowhere.write('name', Buffer.from('lost'))],
        ['listing nowhere', statsUnder(nowhere, '')],
      ];
      const refused = await Promise.all(requests.map(([what, request]) => refusalOf(place, what, request)));
      for (const [n, { code, name, outcome }] of refused.entries()) {
        assert.deepEqual([code, name, outcome], ['NOT_FOUND', 'NotFoundError', 'not-done'], requests[n]?.[0]);
      }
    },
  },
];
