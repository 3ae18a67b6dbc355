/** What can be seen at the destination, and when: not a byte before the commit, all of them at `finish`. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectorError } from '../../../src/errors.ts';
import { fingerprint } from '../../support/bytes.ts';
import { cut, sample } from '../sample.ts';
import { closing, quiet, soon } from '../watch.ts';
import { assertFailedOrUnknown, assertFinished, assertLeft, assertNothingStored, assertStored } from './endings.ts';
import { wireOf } from './place.ts';
import type { SinkCheck, SinkPlace } from './place.ts';
import { fill, open, writeOne } from './writing.ts';
import type { Opened } from './writing.ts';

const SIZES: readonly (readonly [of: string, size: (place: SinkPlace) => number])[] = [
  ['few bytes', () => 10],
  ['many bytes', ({ someBytes }) => someBytes],
];

export const durableChecks: readonly SinkCheck[] = [
  {
    promise: 'shows nothing of what it was given before it is ended',
    async verify(place) {
      const opened = open(place);
      for (const chunk of cut(sample(place.someBytes), 16_000)) await writeOne(place, opened, chunk);
      await assertNothingStored(place);
      opened.sink.destroy();
      await assertLeft(place, opened);
    },
  },
  {
    promise: 'has stored everything when it finishes',
    async verify(place) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      const found = new Promise<Buffer | undefined>((resolve) => {
        opened.sink.on('finish', () => resolve(place.stored()));
      });
      await fill(place, opened, cut(bytes, 16_000));
      const stored = await soon('finish', found, place.patienceMs);
      assert.equal(fingerprint(stored ?? Buffer.from('nothing is there')), fingerprint(bytes));
      await assertFinished(place, opened, bytes);
    },
  },
  ...SIZES.map(([of, size]): SinkCheck => ({
    promise: `does not finish, and shows nothing, while its commit of ${of} is on the way`,
    onTheWire: true,
    async verify(place) {
      const { opened, bytes } = await committing(place, size(place));
      await quiet(() => opened.watched.events.length);
      assert.deepEqual(opened.watched.events, [], 'it finished before the service had heard of the commit');
      await assertNothingStored(place);
      wireOf(place).heal();
      await assertFinished(place, opened, bytes);
    },
  })),
  {
    promise: 'is not stopped by its own signal once its commit is on the way',
    onTheWire: true,
    async verify(place) {
      const user = new AbortController();
      const { opened, bytes } = await committing(place, place.someBytes, user.signal);
      user.abort(new Error('the user left'));
      await turn();
      wireOf(place).heal();
      await assertFinished(place, opened, bytes);
    },
  },
  {
    promise: 'waits for the answer to its commit when it is destroyed meanwhile, and tells it',
    onTheWire: true,
    async verify(place) {
      const { opened, bytes } = await committing(place, place.someBytes);
      const { sink, watched } = opened;
      sink.destroy(new Error('somebody else broke'));
      await quiet(() => watched.events.length);
      assert.equal(sink.closed, false, 'it closed without the answer');
      wireOf(place).heal();
      await closing(sink, place.patienceMs);
      const { outcome, cleanup, result } = await soon('settled', sink.settled, place.patienceMs);
      assert.deepEqual({ outcome, cleanup }, { outcome: 'done', cleanup: 'confirmed' });
      assert.ok(result !== undefined);
      assert.ok(!watched.events.includes('finish'), 'it finished although it was destroyed');
      await assertStored(place, bytes);
    },
  },
  ...SIZES.map(([of, size]): SinkCheck => ({
    promise: `fails, and never says that it is done, when its commit of ${of} never arrives`,
    onTheWire: true,
    async verify(place) {
      const fault = wireOf(place).breakCommit();
      const opened = open(place);
      await fill(place, opened, cut(sample(size(place)), 16_000));
      await soon('the broken commit', fault.fired, place.patienceMs);
      wireOf(place).heal();
      assert.ok(opened.watched.errors[0] instanceof ConnectorError);
      await assertFailedOrUnknown(place, opened);
    },
  })),
];

/** A sink whose commit is held back on the wire. */
async function committing(
  place: SinkPlace,
  size: number,
  signal?: AbortSignal,
): Promise<{ readonly opened: Opened; readonly bytes: Buffer }> {
  const fault = wireOf(place).holdCommit();
  const bytes = sample(size);
  const opened = open(place, signal === undefined ? {} : { signal });
  for (const chunk of cut(bytes, 16_000)) await writeOne(place, opened, chunk);
  opened.sink.end();
  await soon('the commit', fault.fired, place.patienceMs);
  return { opened, bytes };
}
