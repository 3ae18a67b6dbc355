/** Requests that are given up, by the user or by the wire. */
import assert from 'node:assert/strict';
import { assertNoListeners } from '../../support/leaks.ts';
import { everyRequest, refusalOf, textOf } from './asking.ts';
import { wireOf } from './place.ts';
import type { StoreCheck } from './place.ts';

export const endingChecks: readonly StoreCheck[] = [
  {
    promise: 'sends no request whose signal has fired before',
    async verify(place) {
      await place.store.write('name', Buffer.from('before'));
      const reason = new Error('the user left');
      const signal = AbortSignal.abort(reason);
      for (const [what, request] of everyRequest(place.store, 'name', { signal })) {
        const { code, cause } = await refusalOf(place, what, request());
        assert.deepEqual([code, cause === reason], ['ABORTED', true], what);
      }
      assertNoListeners(signal);
      assert.equal(await textOf(place.store, 'name'), 'before');
    },
  },
  {
    promise: 'gives up what it reads when its signal fires while nothing comes, and leaves nothing on it',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.store.write('name', Buffer.from('before'));
      wire.stall();
      const user = new AbortController();
      const reason = new Error('the user left');
      // A write that may have arrived is another matter: it waits for its answer as long as it may.
      const requests = everyRequest(place.store, 'name', { signal: user.signal }).filter(([what]) => what !== 'write');
      const refused = requests.map(([what, request]) => refusalOf(place, what, request()));
      setTimeout(() => user.abort(reason), 100);
      for (const [n, { code, cause }] of (await Promise.all(refused)).entries()) {
        assert.deepEqual([code, cause === reason], ['ABORTED', true], requests[n]?.[0]);
      }
      assertNoListeners(user.signal);
      wire.heal();
    },
  },
  {
    promise: 'leaves a signal alone that never fires',
    async verify({ store }) {
      const { signal } = new AbortController();
      for (const [, request] of everyRequest(store, 'name', { signal }).toReversed()) await request();
      assertNoListeners(signal);
    },
  },
  {
    promise: 'says of a wire that is cut that it may be tried again, and works when it is whole',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      await place.store.write('name', Buffer.from('before'));
      wire.cut();
      for (const [what, request] of everyRequest(place.store, 'name')) {
        const { name, retryable, outcome } = await refusalOf(place, what, request());
        // What may have arrived may have been done: to write it again is for whoever knows better.
        if (what === 'write' && outcome === 'unknown') assert.equal(retryable, false);
        else assert.deepEqual([name, retryable, outcome], ['TransientError', true, 'not-done'], what);
      }
      wire.heal();
      assert.equal(await textOf(place.store, 'name'), 'before');
    },
  },
];
