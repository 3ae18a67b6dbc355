/** A sink that is destroyed before its commit, at each moment. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { sample } from '../sample.ts';
import { assertFailed, assertLeft } from './endings.ts';
import { MOMENTS } from './moments.ts';
import { wireOf } from './place.ts';
import type { SinkCheck } from './place.ts';
import { open, writeOne } from './writing.ts';

const broken = (): Error => new Error('somebody else broke');

export const leavingChecks: readonly SinkCheck[] = [
  ...MOMENTS.flatMap(({ when, reach, ended }): SinkCheck[] => [
    {
      promise: `stores nothing, and closes, when it is destroyed ${when}`,
      async verify(place) {
        const opened = open(place);
        await reach(opened, place);
        opened.sink.destroy();
        // Node takes what was ended and destroyed without an error for finished: it must not be.
        if (ended === true) assert.equal((await assertFailed(place, opened)).code, 'ABORTED');
        else await assertLeft(place, opened);
      },
    },
    {
      promise: `stores nothing, and emits the error itself, once, when that destroys it ${when}`,
      async verify(place) {
        const opened = open(place);
        await reach(opened, place);
        const error = broken();
        opened.sink.destroy(error);
        const { code, cause } = await assertFailed(place, opened);
        assert.equal(opened.watched.errors[0], error, 'it emitted another error');
        assert.deepEqual([code, cause === error], ['PIPELINE_FAILED', true]);
      },
    },
  ]),
  {
    promise: 'keeps to its first reason when it is destroyed twice',
    async verify(place) {
      const opened = open(place);
      await writeOne(place, opened, sample(100));
      const error = broken();
      opened.sink.destroy(error);
      opened.sink.destroy(new Error('the second'));
      const { cause } = await assertFailed(place, opened);
      assert.deepEqual([opened.watched.errors, cause === error], [[error], true]);
    },
  },
  {
    promise: 'calls back with an error for every write that it never took',
    async verify(place) {
      const opened = open(place);
      const { sink } = opened;
      const told: (Error | null | undefined)[] = [];
      for (let n = 0; n < 5; n += 1) sink.write(sample(100_000), (error) => told.push(error));
      sink.destroy(broken());
      await assertFailed(place, opened);
      await turn();
      assert.equal(told.length, 5);
      // The first may have been taken in that very turn.
      assert.ok(told.slice(1).every((error) => error instanceof Error));
    },
  },
  {
    promise: 'opens nothing when it is destroyed before its first use',
    onTheWire: true,
    async verify(place) {
      const wire = wireOf(place);
      const before = wire.contacts;
      const opened = open(place);
      opened.sink.destroy();
      await assertLeft(place, opened);
      assert.equal(wire.contacts, before);
    },
  },
];
