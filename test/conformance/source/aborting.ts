/** A source whose signal fires, or whose time is over, at each moment. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectorError } from '../../../src/errors.ts';
import { assertNoListeners } from '../../support/leaks.ts';
import { sample } from '../sample.ts';
import { quiet, rejectionOf, soon } from '../watch.ts';
import { assertEnded, assertFailed } from './endings.ts';
import { wireOf } from './place.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { drain, firstChunk, open } from './reading.ts';
import type { Opened } from './reading.ts';

type Reach = (opened: Opened, place: SourcePlace) => Promise<unknown>;

const MOMENTS: readonly (readonly [when: string, reach: Reach])[] = [
  ['before its first read', () => Promise.resolve()],
  ['in the turn of its first read', ({ source }) => Promise.resolve(source.resume())],
  ['while it opens', ({ source }) => Promise.resolve(source.resume()).then(() => turn())],
  ['while its reader holds it back', ({ source }, place) => firstChunk(source, place.patienceMs)],
];

export const abortingChecks: readonly SourceCheck[] = [
  {
    promise: 'opens nothing when the signal had fired before, and fails at its first use',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.put(sample(100));
      const before = wire.contacts;
      const reason = new Error('the user left');
      const signal = AbortSignal.abort(reason);
      const { source, watched } = open(place, { signal });
      source.resume();
      assertAborted(await assertFailed(source, watched, place.patienceMs), reason);
      assert.equal(wire.contacts, before);
      assertNoListeners(signal);
    },
  },
  ...MOMENTS.map(([when, reach]): SourceCheck => ({
    promise: `fails with the signal's reason when that fires ${when}`,
    async verify(place) {
      await place.put(sample(place.someBytes));
      const user = new AbortController();
      const reason = new Error('the user left');
      const opened = open(place, { signal: user.signal });
      await reach(opened, place);
      user.abort(reason);
      assertAborted(await assertFailed(opened.source, opened.watched, place.patienceMs), reason);
      assertNoListeners(user.signal);
    },
  })),
  {
    promise: 'takes no notice of a signal that fires after its end, and has left it alone by then',
    async verify(place) {
      await place.put(sample(100));
      const user = new AbortController();
      const { source, watched } = open(place, { signal: user.signal, timeout: '1h' });
      await drain(source, place.patienceMs);
      await assertEnded(source, watched, place.patienceMs);
      assertNoListeners(user.signal);
      user.abort();
      await turn();
      assert.deepEqual(watched.events, ['end', 'close']);
    },
  },
  {
    promise: "is ended by a pipeline's own signal, and its settlement has the signal's reason",
    async verify(place) {
      await place.put(sample(place.someBytes));
      const user = new AbortController();
      const reason = new Error('the user left');
      const { source, watched } = open(place);
      const stuck = new Writable({ objectMode: true, write: () => user.abort(reason) });
      const piped = pipeline(source, stuck, { signal: user.signal });
      assert.equal((await rejectionOf('the pipeline', piped, place.patienceMs)).name, 'AbortError');
      assertAborted(await assertFailed(source, watched, place.patienceMs), reason);
      assertNoListeners(user.signal);
    },
  },
  {
    promise: 'fails when its timeout runs out while its reader holds it back',
    async verify(place) {
      await place.put(sample(place.someBytes));
      const { source, watched } = open(place, { timeout: 150 });
      source.once('data', () => source.pause());
      const { code } = await assertFailed(source, watched, place.patienceMs);
      assert.equal(code, 'DEADLINE_EXCEEDED');
    },
  },
  {
    promise: 'fails at its first use when its timeout ran out before',
    async verify(place) {
      await place.put(sample(100));
      const source = place.source({ timeout: 1 });
      assert.equal((await soon('settled', source.settled, place.patienceMs)).error?.code, 'DEADLINE_EXCEEDED');
      const error = await rejectionOf('reading', source.toArray(), place.patienceMs);
      assert.ok(error instanceof ConnectorError);
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
    },
  },
  {
    promise: 'settles in time when it is aborted over a wire that carries nothing any more',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.put(sample(place.manyBytes));
      const user = new AbortController();
      const { source, watched } = open(place, { signal: user.signal, cleanupTimeout: 300 });
      await firstChunk(source, place.patienceMs);
      wire.stall();
      source.resume();
      await quiet(() => source.progress.bytes);
      const since = performance.now();
      user.abort(new Error('the user left'));
      await assertFailed(source, watched, place.patienceMs);
      const ms = performance.now() - since;
      assert.ok(ms < 2_500, `it took ${ms} ms with a clean-up of 300 ms at most`);
      wire.heal();
    },
  },
];

function assertAborted(error: ConnectorError, reason: Error): void {
  const { code, name, cause } = error;
  assert.deepEqual([code, name], ['ABORTED', 'AbortError']);
  assert.equal(cause, reason, "the cause is not the signal's reason");
}
