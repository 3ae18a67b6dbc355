/** A sink whose signal fires, or whose time is over, at each moment. */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { ConnectorError } from '../../../src/errors.ts';
import { stalling } from '../../support/bytes.ts';
import { assertNoListeners } from '../../support/leaks.ts';
import { cut, sample } from '../sample.ts';
import { rejectionOf, soon } from '../watch.ts';
import { assertFailed, assertFinished } from './endings.ts';
import { MOMENTS } from './moments.ts';
import { wireOf } from './place.ts';
import type { SinkCheck } from './place.ts';
import { fill, open, writeOne } from './writing.ts';

export const abortingChecks: readonly SinkCheck[] = [
  {
    promise: 'opens nothing when the signal had fired before, and fails at its first use',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      const before = wire.contacts;
      const reason = new Error('the user left');
      const signal = AbortSignal.abort(reason);
      const opened = open(place, { signal });
      opened.sink.write(sample(100));
      assertAborted(await assertFailed(place, opened), reason);
      assert.equal(wire.contacts, before);
      assertNoListeners(signal);
    },
  },
  ...MOMENTS.map(({ when, reach }): SinkCheck => ({
    promise: `fails with the signal's reason when that fires ${when}`,
    async verify(place) {
      const user = new AbortController();
      const reason = new Error('the user left');
      const opened = open(place, { signal: user.signal });
      await reach(opened, place);
      user.abort(reason);
      assertAborted(await assertFailed(place, opened), reason);
      assertNoListeners(user.signal);
    },
  })),
  {
    promise: 'takes no notice of a signal that fires after its finish, and has left it alone by then',
    async verify(place) {
      const user = new AbortController();
      const opened = open(place, { signal: user.signal, timeout: '1h' });
      await fill(place, opened, [sample(100)]);
      await assertFinished(place, opened, sample(100));
      assertNoListeners(user.signal);
      user.abort();
      await turn();
      assert.deepEqual(opened.watched.events, ['finish', 'close']);
    },
  },
  {
    promise: "is ended by a pipeline's own signal, and its settlement has the signal's reason",
    async verify(place) {
      const user = new AbortController();
      const reason = new Error('the user left');
      const opened = open(place);
      const piped = pipeline(stalling(sample(100_000)), opened.sink, { signal: user.signal });
      const failed = rejectionOf('the pipeline', piped, place.patienceMs);
      await turn();
      user.abort(reason);
      assert.equal((await failed).name, 'AbortError');
      assertAborted(await assertFailed(place, opened), reason);
      assertNoListeners(user.signal);
    },
  },
  {
    promise: 'fails when its timeout runs out while its writer is silent',
    async verify(place) {
      const opened = open(place, { timeout: 150 });
      opened.sink.write(sample(100));
      assert.equal((await assertFailed(place, opened)).code, 'DEADLINE_EXCEEDED');
    },
  },
  {
    promise: 'fails at its first use when its timeout ran out before',
    async verify(place) {
      const sink = place.sink({ timeout: 1 });
      assert.equal((await soon('settled', sink.settled, place.patienceMs)).error?.code, 'DEADLINE_EXCEEDED');
      const error = await rejectionOf('writing', pipeline([sample(100)], sink), place.patienceMs);
      assert.ok(error instanceof ConnectorError);
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
    },
  },
  {
    promise: 'settles in time when it is aborted over a wire that carries nothing any more',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      const user = new AbortController();
      const opened = open(place, { signal: user.signal, cleanupTimeout: 300 });
      for (const chunk of cut(sample(place.someBytes), 16_000)) await writeOne(place, opened, chunk);
      wire.stall();
      opened.sink.write(sample(100));
      await turn();
      const since = performance.now();
      user.abort(new Error('the user left'));
      await soon('settled', opened.sink.settled, place.patienceMs);
      const ms = performance.now() - since;
      assert.ok(ms < 2_500, `it took ${ms} ms with a clean-up of 300 ms at most`);
      wire.heal();
      const { code } = await assertFailed(place, opened);
      assert.equal(code, 'ABORTED');
      await place.removeLeftover((await opened.sink.settled).leftover);
    },
  },
];

function assertAborted(error: ConnectorError, reason: Error): void {
  const { code, name, cause } = error;
  assert.deepEqual([code, name], ['ABORTED', 'AbortError']);
  assert.equal(cause, reason, "the cause is not the signal's reason");
}
