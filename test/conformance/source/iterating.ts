/** A source in a `for await`, and every way out of the loop. */
import assert from 'node:assert/strict';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import { rejectionOf, soon } from '../watch.ts';
import { assertEnded, assertLeftByNode } from './endings.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { bytesOf, open } from './reading.ts';
import type { Opened } from './reading.ts';

export const iteratingChecks: readonly SourceCheck[] = [
  {
    promise: 'gives all bytes to a `for await`',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      const chunks: Buffer[] = [];
      const loop = async (): Promise<void> => {
        for await (const chunk of source) chunks.push(bytesOf(chunk));
      };
      await soon('the loop', loop(), place.patienceMs);
      assert.equal(fingerprint(Buffer.concat(chunks)), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'is over when a `break` has left the loop',
    verify: (place) =>
      assertWaits(place, async ({ source }) => {
        for await (const chunk of source) {
          assert.ok(bytesOf(chunk).length > 0);
          break;
        }
      }),
  },
  {
    promise: 'is over when a `return` has left the loop',
    verify: (place) =>
      assertWaits(place, async ({ source }) => {
        const first = async (): Promise<unknown> => {
          for await (const chunk of source) return chunk;
          return undefined;
        };
        assert.ok(bytesOf(await first()).length > 0);
      }),
  },
  {
    promise: 'is over when an exception has left the loop, which comes out unchanged',
    verify: (place) =>
      assertWaits(place, async ({ source }) => {
        const thrown = new Error('the body of the loop broke');
        const loop = async (): Promise<void> => {
          for await (const chunk of source) if (bytesOf(chunk).length > 0) throw thrown;
        };
        assert.equal(await rejectionOf('the loop', loop(), place.patienceMs), thrown);
      }),
  },
  {
    promise: 'is over when its iterator is returned before the first chunk',
    verify: (place) =>
      assertWaits(place, async ({ source }) => {
        const { done } = (await source[Symbol.asyncIterator]().return?.()) ?? {};
        assert.equal(done, true);
      }),
  },
  {
    promise: 'is over behind the scope of an `await using`',
    verify: (place) =>
      assertWaits(place, async ({ source }) => {
        await using held = source;
        await held[Symbol.asyncIterator]().next();
      }),
  },
  {
    promise: 'can be read on after an iterator that does not destroy it',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      const chunks: Buffer[] = [];
      const loops = async (): Promise<void> => {
        for await (const chunk of source.iterator({ destroyOnReturn: false })) {
          chunks.push(bytesOf(chunk));
          break;
        }
        for await (const chunk of source) chunks.push(bytesOf(chunk));
      };
      await soon('both loops', loops(), place.patienceMs);
      assert.equal(fingerprint(Buffer.concat(chunks)), fingerprint(bytes));
      await assertEnded(source, watched, place.patienceMs);
    },
  },
];

/** Whatever `leave` does, its source has closed and settled in the very turn in which it is over. */
async function assertWaits(place: SourcePlace, leave: (opened: Opened) => Promise<void>): Promise<void> {
  await place.put(sample(place.someBytes));
  const opened = open(place);
  await soon('the loop', leave(opened), place.patienceMs);
  const { source, watched } = opened;
  assert.equal(source.closed, true, 'the loop was left before the clean-up was over');
  let settled = false;
  void source.settled.then(() => (settled = true));
  await Promise.resolve();
  assert.equal(settled, true, 'it has not settled');
  await assertLeftByNode(source, watched, place.patienceMs);
}
