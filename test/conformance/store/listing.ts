/** Which names there are. */
import assert from 'node:assert/strict';
import { namesUnder, statsUnder, textOf } from './asking.ts';
import type { Store, StoreCheck } from './place.ts';

const ODD = [
  ' a ',
  '#a',
  '%25',
  '&<>"',
  '+',
  'A',
  'a b',
  'a+b',
  'a.b',
  'a/b',
  'a0',
  '~',
  '\u00e9',
  '\ufffd',
  '\u{1f600}',
];

export const listingChecks: readonly StoreCheck[] = [
  {
    promise: 'lists every name once, in the order of its UTF-8 bytes, over several pages',
    async verify({ store, pages }) {
      const names = Array.from({ length: pages }, (_, n) => `many/${String(n).padStart(4, '0')}`);
      await writeAll(store, [...names, ...ODD]);
      assert.deepEqual(await namesUnder(store, ''), [...names, ...ODD].toSorted(byBytes));
    },
  },
  {
    promise: 'keeps names apart that hold odd characters',
    async verify({ store }) {
      await writeAll(store, ODD);
      for (const name of ODD) assert.equal(await textOf(store, name), name);
    },
  },
  {
    promise: 'takes a prefix to the letter',
    async verify({ store }) {
      await writeAll(store, ['a*', 'a+b', 'a b', 'a/b', 'a/c', 'b']);
      assert.deepEqual(await namesUnder(store, 'a/'), ['a/b', 'a/c']);
      assert.deepEqual(await namesUnder(store, 'nothing/'), []);
    },
  },
  {
    promise: 'lists of each name what it says when it is asked about it',
    async verify({ store }) {
      await writeAll(store, ['one', 'three']);
      for (const { name, size, etag, lastModified } of await statsUnder(store, '')) {
        const told = await store.stat(name);
        assert.deepEqual([size, etag], [told.size, told.etag]);
        // Some answers have whole seconds.
        assert.ok(Math.abs((lastModified?.getTime() ?? 0) - (told.lastModified?.getTime() ?? 0)) < 1_000);
      }
    },
  },
  {
    promise: 'knows at once what was written and what is gone',
    async verify({ store, remove }) {
      for (let round = 0; round < 3; round += 1) {
        await store.write('name', Buffer.from('here'));
        assert.deepEqual(await namesUnder(store, ''), ['name']);
        await remove('name');
        assert.deepEqual(await namesUnder(store, ''), []);
      }
    },
  },
  {
    promise: 'can be left in the middle of a list',
    async verify({ store, pages }) {
      await writeAll(
        store,
        Array.from({ length: pages }, (_, n) => `name-${n}`),
      );
      for await (const { name } of store.list('')) {
        assert.equal(name, 'name-0');
        break;
      }
    },
  },
];

async function writeAll(store: Store, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => store.write(name, Buffer.from(name))));
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
