/** A source that is destroyed before its end, at each moment. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { sample } from '../sample.ts';
import { closing } from '../watch.ts';
import { assertFailed, assertLeft } from './endings.ts';
import { wireOf } from './place.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { firstChunk, open } from './reading.ts';
import type { Opened } from './reading.ts';

const broken = (): Error => new Error('somebody else broke');

/** Up to the moment at which the source is then destroyed, in the same turn. */
type Reach = (opened: Opened, place: SourcePlace) => Promise<unknown>;

const MOMENTS: readonly (readonly [when: string, reach: Reach])[] = [
  ['before its first read', () => Promise.resolve()],
  ['in the turn of its first read', ({ source }) => Promise.resolve(source.read())],
  ['while it opens', ({ source }) => Promise.resolve(source.resume()).then(() => turn())],
  ['after its first chunk', ({ source }, place) => firstChunk(source, place.patienceMs)],
];

export const leavingChecks: readonly SourceCheck[] = [
  ...MOMENTS.flatMap(([when, reach]): SourceCheck[] => [
    {
      promise: `is left without an error, and closes, when it is destroyed ${when}`,
      async verify(place) {
        const opened = await opening(place, reach);
        opened.source.destroy();
        await assertQuietAfter(opened, place);
        await assertLeft(opened.source, opened.watched, place.patienceMs);
      },
    },
    {
      promise: `emits the error that destroys it ${when}, itself, once`,
      async verify(place) {
        const opened = await opening(place, reach);
        const error = broken();
        opened.source.destroy(error);
        await assertQuietAfter(opened, place);
        const { code, cause } = await assertFailed(opened.source, opened.watched, place.patienceMs);
        assert.equal(opened.watched.errors[0], error, 'it emitted another error');
        assert.deepEqual([code, cause === error], ['PIPELINE_FAILED', true]);
      },
    },
  ]),
  {
    promise: 'keeps to its first reason when it is destroyed twice',
    async verify(place) {
      const opened = await opening(place, ({ source }) => firstChunk(source, place.patienceMs));
      const error = broken();
      opened.source.destroy(error);
      opened.source.destroy(new Error('the second'));
      const { cause } = await assertFailed(opened.source, opened.watched, place.patienceMs);
      assert.deepEqual([opened.watched.errors, cause === error], [[error], true]);
    },
  },
  {
    promise: 'opens nothing when it is destroyed before its first read, nor afterwards',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.put(sample(100));
      const before = wire.contacts;
      const { source, watched } = open(place);
      source.destroy();
      source.resume();
      await assertLeft(source, watched, place.patienceMs);
      assert.equal(wire.contacts, before);
    },
  },
];

async function opening(place: SourcePlace, reach: Reach): Promise<Opened> {
  await place.put(sample(place.someBytes));
  const opened = open(place);
  await reach(opened, place);
  return opened;
}

/** No data comes once it was destroyed. */
async function assertQuietAfter({ source }: Opened, place: SourcePlace): Promise<void> {
  let late = 0;
  source.on('data', () => (late += 1));
  await closing(source, place.patienceMs);
  await turn();
  assert.equal(late, 0, 'data after it was destroyed');
}
