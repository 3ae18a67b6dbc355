/** A sink that is given all of its bytes. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { random } from '../../formats/samples.ts';
import { cut, sample } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { assertFinished, assertNothingStored } from './endings.ts';
import { wireOf } from './place.ts';
import type { SinkCheck, SinkPlace } from './place.ts';
import { fill, open } from './writing.ts';

export const wholeChecks: readonly SinkCheck[] = [
  {
    promise: 'stores nothing but no bytes of no bytes, and finishes',
    verify: (place) => assertSame(place, []),
  },
  {
    promise: 'stores one byte',
    verify: (place) => assertSame(place, [sample(1)]),
  },
  {
    promise: 'stores the same bytes at every size around its buffers',
    async verify(place) {
      for (const size of place.buffers.flatMap((edge) => [edge - 1, edge, edge + 1])) {
        await assertSame(place, cut(sample(size), 16_000));
      }
    },
  },
  {
    promise: 'stores the same bytes when they come as one chunk',
    verify: (place) => assertSame(place, [sample(place.someBytes)]),
  },
  {
    promise: 'stores the same bytes when they come one by one',
    verify: (place) => assertSame(place, cut(sample(700), 1)),
  },
  {
    promise: 'stores the same bytes however they are cut, empty chunks among them',
    async verify(place) {
      const seed = Math.trunc(Math.random() * 2 ** 32);
      const next = random(seed);
      const bytes = sample(place.someBytes);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const size = next() < 0.1 ? 0 : Math.ceil(next() ** 4 * bytes.length);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      chunks.splice(1, 0, Buffer.alloc(0));
      try {
        await assertSame(place, chunks);
      } catch (error) {
        throw new assert.AssertionError({ message: `with the seed ${seed}: ${String(error)}` });
      }
    },
  },
  {
    promise: 'opens nothing before it is first used',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      const before = wire.contacts;
      const opened = open(place);
      await quiet(() => wire.contacts);
      assert.equal(wire.contacts, before, 'it opened something');
      await assertNothingStored(place);
      await fill(place, opened, [sample(100)]);
      await assertFinished(place, opened, sample(100));
    },
  },
  {
    promise: 'has its result from `finish` on, and not before',
    async verify(place) {
      const opened = open(place);
      const { sink } = opened;
      const early: unknown[] = [sink.result];
      let atFinish: unknown;
      sink.on('prefinish', () => early.push(sink.result));
      sink.on('finish', () => (atFinish = sink.result));
      await fill(place, opened, [sample(100)]);
      const { result } = await assertFinished(place, opened, sample(100));
      assert.deepEqual(early, [undefined, undefined], 'a result before the finish');
      assert.equal(atFinish, result, 'no result at the finish');
    },
  },
  {
    promise: 'counts in `progress` every byte that it takes, live',
    ofBytes: true,
    async verify(place) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      const { sink } = opened;
      let written = 0;
      let last = 0;
      assert.equal(sink.progress.bytes, 0);
      for (const chunk of cut(bytes, 10_000)) {
        written += chunk.length;
        await soon('a write', new Promise((resolve) => sink.write(chunk, resolve)), place.patienceMs);
        const { bytes: counted } = sink.progress;
        assert.ok(counted >= last && counted === written, `${counted} of ${written} are counted`);
        last = counted;
      }
      await fill(place, opened, []);
      await assertFinished(place, opened, bytes);
    },
  },
  {
    promise: 'keeps nothing of a chunk whose callback was called',
    async verify(place) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      const { sink } = opened;
      const memory = Buffer.alloc(10_000);
      for (const chunk of cut(bytes, memory.length)) {
        const reused = memory.subarray(0, chunk.copy(memory));
        await soon('a write', new Promise((resolve) => sink.write(reused, resolve)), place.patienceMs);
        memory.fill(0);
      }
      await fill(place, opened, []);
      await assertFinished(place, opened, bytes);
    },
  },
  {
    promise: 'stays done whatever destroys it after its finish',
    async verify(place) {
      const opened = open(place);
      await fill(place, opened, [sample(100)]);
      const settled = await assertFinished(place, opened, sample(100));
      opened.sink.destroy(new Error('too late'));
      await turn();
      assert.deepEqual(opened.watched.events, ['finish', 'close']);
      assert.equal(await opened.sink.settled, settled);
    },
  },
  {
    promise: 'is done when a listener of its finish destroys it with an error',
    async verify(place) {
      const opened = open(place);
      opened.sink.on('finish', () => opened.sink.destroy(new Error('the listener broke')));
      await fill(place, opened, [sample(100)]);
      assert.equal((await soon('settled', opened.sink.settled, place.patienceMs)).outcome, 'done');
    },
  },
];

async function assertSame(place: SinkPlace, chunks: readonly Buffer[]): Promise<void> {
  await place.empty();
  const opened = open(place);
  await fill(place, opened, chunks);
  await assertFinished(place, opened, Buffer.concat(chunks));
}
