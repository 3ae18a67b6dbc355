/** A source that is read to its end. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import { quiet, soon } from '../watch.ts';
import { assertEnded } from './endings.ts';
import { wireOf } from './place.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { bytesOf, drain, open } from './reading.ts';

export const wholeChecks: readonly SourceCheck[] = [
  {
    promise: 'gives not one byte of what is empty, and ends',
    verify: (place) => assertSame(place, 0),
  },
  {
    promise: 'gives one byte',
    verify: (place) => assertSame(place, 1),
  },
  {
    promise: 'gives the same bytes at every size around its buffers',
    async verify(place) {
      for (const size of place.buffers.flatMap((edge) => [edge - 1, edge, edge + 1])) await assertSame(place, size);
    },
  },
  {
    promise: 'gives the same bytes of much more than it may hold',
    verify: (place) => assertSame(place, place.manyBytes),
  },
  {
    promise: 'opens nothing before it is first read',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.put(sample(100));
      const before = wire.contacts;
      const { source, watched } = open(place);
      assert.equal(source.readableFlowing, null);
      await quiet(() => wire.contacts);
      assert.equal(wire.contacts, before, 'it opened something');
      await drain(source, place.patienceMs);
      await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'gives nothing after its end',
    async verify(place) {
      await place.put(sample(100));
      const { source, watched } = open(place);
      let late = 0;
      source.on('end', () => source.on('data', () => (late += 1)));
      await drain(source, place.patienceMs);
      assert.equal(source.read(), null);
      await assertEnded(source, watched, place.patienceMs);
      assert.equal(source.read(), null);
      assert.equal(late, 0, 'data after the end');
    },
  },
  {
    promise: 'has its result from `end` on, and not before',
    async verify(place) {
      await place.put(sample(100));
      const { source, watched } = open(place);
      const early: unknown[] = [];
      source.on('data', () => early.push(source.result));
      let atEnd: unknown;
      source.on('end', () => (atEnd = source.result));
      assert.equal(source.result, undefined);
      await drain(source, place.patienceMs);
      const { result } = await assertEnded(source, watched, place.patienceMs);
      assert.deepEqual(new Set(early), new Set([undefined]), 'a result before the end');
      assert.equal(atEnd, result, 'no result at the end');
    },
  },
  {
    promise: 'counts in `progress` every byte that it gives, live',
    ofBytes: true,
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const { source, watched } = open(place);
      assert.equal(source.progress.bytes, 0);
      let given = 0;
      let last = 0;
      source.on('data', (chunk) => {
        given += bytesOf(chunk).length;
        const { bytes: counted } = source.progress;
        assert.ok(counted >= given && counted >= last && counted <= bytes.length, `${counted} of ${given} given`);
        last = counted;
      });
      await drain(source, place.patienceMs);
      await assertEnded(source, watched, place.patienceMs);
      const { bytes: counted, totalBytes = bytes.length } = source.progress;
      assert.deepEqual({ counted, totalBytes }, { counted: bytes.length, totalBytes: bytes.length });
    },
  },
  {
    promise: 'gives the same bytes to two readers at once',
    async verify(place) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const both = [open(place), open(place)];
      const read = await Promise.all(both.map(({ source }) => drain(source, place.patienceMs)));
      assert.deepEqual(read.map(fingerprint), [fingerprint(bytes), fingerprint(bytes)]);
      for (const { source, watched } of both) await assertEnded(source, watched, place.patienceMs);
    },
  },
  {
    promise: 'stays done whatever destroys it after its end',
    async verify(place) {
      await place.put(sample(100));
      const { source, watched } = open(place);
      await drain(source, place.patienceMs);
      const settled = await assertEnded(source, watched, place.patienceMs);
      source.destroy(new Error('too late'));
      await turn();
      assert.deepEqual(watched.events, ['end', 'close']);
      assert.equal(await source.settled, settled);
    },
  },
  {
    promise: 'is done when a listener of its end destroys it with an error',
    async verify(place) {
      await place.put(sample(100));
      const { source } = open(place);
      source.on('end', () => source.destroy(new Error('the listener broke')));
      source.resume();
      assert.equal((await soon('settled', source.settled, place.patienceMs)).outcome, 'done');
    },
  },
];

async function assertSame(place: SourcePlace, size: number): Promise<void> {
  const bytes = sample(size);
  await place.put(bytes);
  const { source, watched } = open(place);
  const read = await drain(source, place.patienceMs);
  assert.equal(fingerprint(read), fingerprint(bytes));
  await assertEnded(source, watched, place.patienceMs);
  if (!source.readableObjectMode) assert.equal(source.progress.bytes, size);
}
