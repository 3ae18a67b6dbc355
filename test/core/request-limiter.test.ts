import assert from 'node:assert/strict';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import sinon from 'sinon';
import { RequestLimiter } from '../../src/core/request-limiter.ts';
import { RequestRate } from '../../src/core/request-rate.ts';
import type { Admission } from '../../src/core/request-limiter.ts';
import { retryPolicy, withRetry } from '../../src/core/retry.ts';
import type { RetryOptions } from '../../src/core/retry.ts';
import { connectorError } from '../../src/errors.ts';
import { rejection } from '../support/faults.ts';
import { assertNoListeners } from '../support/leaks.ts';

const throttled = (retryAfterMs?: number) => connectorError('THROTTLED', 'fewer, please', { retryAfterMs });

/** A store that takes `requestMs` for each request, refuses while `refuses` says so, and counts. */
class Store {
  readonly refusedAt: number[] = [];
  readonly startedAt: number[] = [];
  /** Requests under way, at each start. */
  readonly width: number[] = [];
  #active = 0;
  readonly #refuses: () => number | boolean;
  readonly #requestMs: number;

  constructor(refuses: () => number | boolean, requestMs = 10) {
    this.#refuses = refuses;
    this.#requestMs = requestMs;
  }

  readonly request = async (): Promise<void> => {
    this.#active += 1;
    this.startedAt.push(performance.now());
    this.width.push(this.#active);
    const refused = this.#refuses();
    await new Promise((resolve) => setTimeout(resolve, this.#requestMs));
    this.#active -= 1;
    if (refused === false) return;
    this.refusedAt.push(performance.now());
    throw throttled(typeof refused === 'number' ? refused : undefined);
  };
}

describe('a limiter of the requests to one store', () => {
  let clock: sinon.SinonFakeTimers;
  const { signal } = new AbortController();
  beforeEach(() => {
    clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'], loopLimit: 200_000 });
  });
  afterEach(() => {
    const timers = clock.countTimers();
    clock.restore();
    assert.equal(timers, 0, 'a timer was left');
    assertNoListeners(signal);
  });

  /** `parts` requests, `concurrency` at a time, as a stream makes them. */
  async function transfer(store: Store, limiter: RequestLimiter, parts: number, concurrency: number, retry = {}) {
    let left = parts;
    const lane = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await withRetry(store.request, retryPolicy(retry), { signal, limiter });
      }
    };
    const lanes = Array.from({ length: concurrency }, lane);
    const done = Promise.all(lanes).catch((error: unknown) => error);
    await clock.runAllAsync();
    return done;
  }

  it('limits nothing before the first refusal', async () => {
    const store = new Store(() => false);
    await transfer(store, new RequestLimiter(), 100, 40);
    assert.equal(Math.max(...store.width), 40);
    assert.equal(performance.now(), 30, 'a request waited for nothing');
  });

  it('asks a store that refuses for two seconds no more than a handful of times, and then no less than before', async () => {
    const store = new Store(() => performance.now() < 2_000);
    await transfer(store, new RequestLimiter(), 100, 8);
    assert.ok(store.refusedAt.length <= 8 + 4 + 2 + 5, `${store.refusedAt.length} refusals`);
    assert.equal(store.startedAt.length, 100 + store.refusedAt.length);
    const after = store.startedAt.findIndex((at) => at >= 2_000);
    assert.equal(store.width[after], 1, 'it came back with a crowd');
    assert.equal(Math.max(...store.width.slice(after)), 8, 'it did not recover');
  });

  describe('that takes so many per second', () => {
    const HOUR = { elapsed: '1h' };
    /** A store that takes 20 within any second; how many it took in each second since the first. */
    const limited = (): { readonly store: Store; readonly taken: number[] } => {
      const taken: number[] = [];
      const store = new Store(() => {
        const now = performance.now();
        if (taken.filter((at) => at > now - 1_000).length >= 20) return true;
        taken.push(now);
        return false;
      }, 5);
      return { store, taken };
    };
    const perSecond = (times: readonly number[]): number[] => {
      const counts = Array.from({ length: Math.floor((times.at(-1) ?? 0) / 1_000) + 1 }, () => 0);
      for (const at of times) counts[Math.floor(at / 1_000)] = (counts[Math.floor(at / 1_000)] ?? 0) + 1;
      return counts;
    };

    it('refuses again and again while only the requests at once are bounded', async () => {
      const { store } = limited();
      await transfer(store, new RequestLimiter(), 600, 8, HOUR);
      assert.ok(store.refusedAt.length > 120, `${store.refusedAt.length} refusals`);
    });

    it('refuses seldom once its rate is known, and is used all the same', async () => {
      const { store, taken } = limited();
      await transfer(store, new RequestLimiter(new RequestRate()), 600, 8, HOUR);
      assert.equal(taken.length, 600);
      assert.ok(store.refusedAt.length < 60, `${store.refusedAt.length} refusals`);
      assert.ok(performance.now() < 45_000, `took ${performance.now()} ms`);
    });

    it('is sent fewer per second after a refusal, and more and more from there', async () => {
      const store = new Store(() => performance.now() >= 2_000 && performance.now() < 2_100, 5);
      await transfer(store, new RequestLimiter(new RequestRate()), 12_000, 8, HOUR);
      const [first = 0, , third = 0, ...later] = perSecond(store.startedAt).slice(0, -1);
      assert.equal(first, 1_600);
      assert.ok(third < 0.85 * first, `${third} per second`);
      assert.deepEqual(
        [third, ...later],
        [third, ...later].toSorted((one, other) => one - other),
      );
      assert.ok((later.at(-1) ?? 0) > 1.15 * third, `${later.join()} per second`);
    });

    it('is asked now and then when it refuses everything from the start', async () => {
      let left = 10;
      const store = new Store(() => left-- > 0, 5);
      await transfer(store, new RequestLimiter(new RequestRate()), 60, 8, HOUR);
      assert.equal(store.startedAt.length, 70);
      const counts = perSecond(store.startedAt);
      assert.ok(Math.max(...counts.slice(0, 3)) <= 10, counts.join());
      assert.ok(performance.now() < 30_000, `took ${performance.now()} ms`);
    });
  });

  it('gets through any number of refusals within the time budget, however few tries there are', async () => {
    let left = 30;
    const store = new Store(() => left-- > 0);
    assert.notEqual(await transfer(store, new RequestLimiter(), 8, 8, { attempts: 2 }), undefined);
    assert.equal(store.refusedAt.length, 30);
    assert.equal(store.startedAt.length, 38);
  });

  it('sends nothing to anybody until the time that the store named is over', async () => {
    // The others of its round are served.
    const store: Store = new Store(() => (store.startedAt.length === 2 ? 5_000 : false));
    await transfer(store, new RequestLimiter(), 20, 4);
    assert.equal(store.refusedAt.length, 1);
    const [next = 0] = store.startedAt.filter((at) => at > 15);
    assert.ok(next >= 5_000, `asked again after ${next} ms`);
  });

  it('holds who comes first while the store is left alone, too', async () => {
    const limiter = new RequestLimiter();
    const refused = await limiter.enter(limiter.place(), signal);
    refused.refused(1_000);
    refused.leave();
    let isIn = false;
    const entering = limiter.enter(limiter.place(), signal).then(() => (isIn = true));
    await clock.tickAsync(999);
    assert.equal(isIn, false);
    await clock.tickAsync(1);
    assert.equal(await entering, true);
  });

  it('does not wait, nor have others wait, for a time that outlasts the budget', async () => {
    const limiter = new RequestLimiter();
    const refused = rejection(
      withRetry(() => Promise.reject(throttled(3_600_000)), retryPolicy({}), { signal, limiter }),
    );
    await clock.runAllAsync();
    assert.equal((await refused)['code'], 'THROTTLED');
    const other = withRetry(() => Promise.resolve('served'), retryPolicy({}), { signal, limiter });
    await clock.runAllAsync();
    assert.equal(await other, 'served');
    assert.ok(performance.now() <= 200);
  });

  it('gives a store that refuses everything up after the time budget', async () => {
    const store = new Store(() => true);
    const error = await transfer(store, new RequestLimiter(), 8, 8, { elapsed: '20s' });
    assert.equal((error as { code?: string }).code, 'THROTTLED');
    assert.ok(performance.now() >= 18_000 && performance.now() < 30_000, `after ${performance.now()} ms`);
    assert.ok(store.startedAt.length < 40, `${store.startedAt.length} requests`);
  });

  it('tries once for `false`', async () => {
    const store = new Store(() => true);
    const work = rejection(withRetry(store.request, retryPolicy(false), { signal, limiter: new RequestLimiter() }));
    await clock.runAllAsync();
    assert.equal((await work)['code'], 'THROTTLED');
    assert.equal(store.startedAt.length, 1);
  });

  it('takes nothing of a part’s time budget while it waits and the store serves others', async () => {
    const limiter = new RequestLimiter();
    const slow = await limiter.enter(limiter.place(), signal);
    slow.refused(1);
    slow.leave();
    // One at a time now, and each takes longer than the budget of the next.
    const order: string[] = [];
    const part = (name: string, failures: number): Promise<void> =>
      withRetry(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 900));
          if (failures-- > 0) throw connectorError('CONNECTION_LOST', 'lost');
          order.push(name);
        },
        retryPolicy({ elapsed: '2s', minDelay: 1, maxDelay: 1 }),
        { signal, limiter },
      );
    const all = Promise.all([part('a', 0), part('b', 0), part('c', 0), part('d', 1)]);
    await clock.runAllAsync();
    await all;
    assert.deepEqual(order, ['a', 'b', 'c', 'd']);
  });

  it('lets the oldest in first, also when it comes back', async () => {
    const limiter = new RequestLimiter();
    const places = Array.from({ length: 4 }, () => limiter.place());
    const order: number[] = [];
    const first = await limiter.enter(limiter.place(), signal);
    first.refused(10);
    const visits = [2, 0, 3, 1].map(async (n) => {
      const admission = await limiter.enter(places[n] ?? Number.NaN, signal);
      order.push(n);
      admission.leave();
    });
    first.leave();
    await clock.runAllAsync();
    await Promise.all(visits);
    assert.deepEqual(order, [0, 1, 2, 3]);
  });

  it('halves once for all refusals of one round', async () => {
    const limiter = new RequestLimiter();
    let inside = 0;
    const enter = async (): Promise<Admission> => {
      const admission = await limiter.enter(limiter.place(), signal);
      inside += 1;
      return admission;
    };
    const round = await Promise.all(Array.from({ length: 16 }, enter));
    for (const admission of round) admission.refused(0);
    for (const admission of round) admission.leave();
    inside = 0;
    const next = Array.from({ length: 16 }, enter);
    await turn();
    assert.equal(inside, 8);
    for (const admission of next) (await admission).leave();
  });

  it('fails a commit that is not let in again in its time with what it was told, and keeps no slot for it', async () => {
    const limiter = new RequestLimiter();
    const admission = await limiter.enter(limiter.place(), signal);
    const told = connectorError('CONNECTION_LOST', 'no answer', { outcome: 'unknown' });
    const other = await limiter.enter(limiter.place(), signal);
    other.refused(0);
    const hooks = { signal, limiter, admission };
    let tries = 0;
    const lost = (): Promise<never> => Promise.reject((tries++, told));
    const commit = rejection(withRetry(lost, retryPolicy({ elapsed: '10s' }), hooks));
    await clock.tickAsync(60_000);
    assert.equal(await commit, told);
    assert.equal(tries, 1);
    other.leave();
    await clock.runAllAsync();
    (await limiter.enter(limiter.place(), signal)).leave();
  });

  it('rejects who waits at once when its signal fires, and lets the others pass', async () => {
    const limiter = new RequestLimiter();
    const first = await limiter.enter(limiter.place(), signal);
    first.refused(60_000);
    first.leave();
    const user = new AbortController();
    const reason = new Error('left');
    const leaving = rejection(limiter.enter(limiter.place(), user.signal));
    const staying = limiter.enter(limiter.place(), signal);
    user.abort(reason);
    assert.equal(await leaving, reason);
    assertNoListeners(user.signal);
    assert.equal(await rejection(limiter.enter(limiter.place(), user.signal)), reason);
    await clock.runAllAsync();
    (await staying).leave();
    assert.equal(performance.now(), 60_000);
  });

  it('lets everybody in at last, whatever the store answers and whoever leaves', async () => {
    const script = fc.array(fc.constantFrom('taken', 'refused', 'broken', 'aborted'), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(script, fc.integer({ min: 1, max: 12 }), async (answers, concurrency) => {
        const limiter = new RequestLimiter();
        const options: RetryOptions = { attempts: 100, elapsed: '10m' };
        let left = 40;
        const lane = async (): Promise<void> => {
          while (left-- > 0) {
            const user = new AbortController();
            const work = withRetry(
              async () => {
                const answer = answers.pop() ?? 'taken';
                await new Promise((resolve) => setTimeout(resolve, 5));
                if (answer === 'refused') throw throttled();
                if (answer === 'broken') throw connectorError('CONNECTION_LOST', 'lost');
                if (answer === 'aborted') user.abort(new Error('left'));
              },
              retryPolicy(options),
              { signal: user.signal, limiter },
            );
            await work.catch((error: unknown) => assert.equal((error as Error).message, 'left'));
            assertNoListeners(user.signal);
          }
        };
        const lanes = Promise.all(Array.from({ length: concurrency }, lane));
        await clock.runAllAsync();
        await lanes;
        (await limiter.enter(limiter.place(), signal)).leave();
      }),
      { numRuns: 100 },
    );
  });
});

describe('a limiter whose clock goes on between two looks at it', () => {
  // A quarter of a millisecond for each look, and pauses that end between any two of them.
  const STEP_MS = 0.25;
  for (let looks = 1; looks <= 8; looks += 1) {
    const pauseMs = (looks - 0.5) * STEP_MS;
    it(`lets in who waits when a pause of ${pauseMs} ms is over`, async () => {
      let now = 0;
      const clock = sinon.stub(performance, 'now').callsFake(() => (now += STEP_MS));
      try {
        const limiter = new RequestLimiter();
        const { signal } = new AbortController();
        const refused = await limiter.enter(limiter.place(), signal);
        refused.refused(pauseMs);
        refused.leave();
        const entering = limiter.enter(limiter.place(), signal);
        const outcome = await Promise.race([entering.then(() => 'in'), delay(500, 'waits still')]);
        assert.equal(outcome, 'in');
      } finally {
        clock.restore();
      }
    });
  }
});
