/** What is written is read. */
import assert from 'node:assert/strict';
import { ConnectorError } from '../../../src/errors.ts';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import { statsUnder, textOf } from './asking.ts';
import type { StoreCheck } from './place.ts';

const AT_ONCE = 20;

export const keepingChecks: readonly StoreCheck[] = [
  {
    promise: 'reads what was written, at every size around its buffers, and knows how much it is',
    async verify({ store, buffers }) {
      for (const size of [0, 1, ...buffers.flatMap((edge) => [edge - 1, edge, edge + 1])]) {
        const bytes = sample(size);
        await store.write('name', bytes);
        assert.equal(fingerprint(await store.read('name')), fingerprint(bytes));
        assert.equal((await store.stat('name')).size, size);
      }
    },
  },
  {
    promise: 'replaces what there was as a whole, bytes and description',
    async verify({ store }) {
      await store.write('name', Buffer.from('something long'), { metadata: { old: 'yes' } });
      await store.write('name', Buffer.from('short'));
      assert.equal(await textOf(store, 'name'), 'short');
      assert.deepEqual((await store.stat('name')).metadata ?? {}, {});
    },
  },
  {
    promise: 'keeps the description that bytes are written with',
    async verify({ store }) {
      const description = { contentType: 'text/csv', metadata: { origin: 'here' } };
      await store.write('name', Buffer.from('a,b\n'), description);
      const { contentType, metadata } = await store.stat('name');
      assert.deepEqual({ contentType, metadata }, description);
    },
  },
  {
    promise: 'has one ETag for a version wherever it is asked, and another for the next',
    async verify({ store }) {
      const first = await store.write('name', Buffer.from('one'));
      const told = [await store.stat('name'), ...(await statsUnder(store, ''))].map(({ etag }) => etag);
      assert.deepEqual(told, [first, first]);
      assert.notEqual(await store.write('name', Buffer.from('two')), first);
    },
  },
  {
    promise: 'writes and reads many names at once',
    async verify({ store }) {
      const names = Array.from({ length: AT_ONCE }, (_, n) => `name-${n}`);
      await Promise.all(names.map((name) => store.write(name, Buffer.from(name))));
      assert.deepEqual(await Promise.all(names.map((name) => textOf(store, name))), names);
    },
  },
  {
    promise: 'shows one version or the other to whoever reads while it is replaced, never some of both',
    async verify({ store, buffers }) {
      const size = Math.max(...buffers);
      const versions = ['a', 'b'].map((letter) => Buffer.alloc(size, letter));
      const whole = new Set(versions.map(fingerprint));
      for (const bytes of versions) await store.write('name', bytes);
      const writing = (async () => {
        for (let round = 0; round < 3; round += 1) for (const bytes of versions) await store.write('name', bytes);
      })();
      for (let round = 0; round < 5; round += 1) {
        const read = await store.read('name').catch((error: unknown) => {
          assert.ok(error instanceof ConnectorError && error.code === 'OBJECT_CHANGED', String(error));
          return undefined;
        });
        assert.ok(read === undefined || whole.has(fingerprint(read)), 'some of both was read');
      }
      await writing;
    },
  },
];
