import assert from 'node:assert/strict';
import fc from 'fast-check';
import sinon from 'sinon';
import { retryPolicy, withRetry } from '../../src/core/retry.ts';
import type { RetryOptions } from '../../src/core/retry.ts';
import { connectorError } from '../../src/errors.ts';
import type { ErrorDetails } from '../../src/errors.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { rejection } from '../support/faults.ts';

const broken = (details: ErrorDetails = {}) => connectorError('SERVER_ERROR', 'broken', details);

/** Fails `failures` times, then succeeds; remembers when it was called. */
function flaky(failures: number, error: () => Error = broken) {
  const times: number[] = [];
  const work = (): Promise<string> => {
    times.push(performance.now());
    return times.length <= failures ? Promise.reject(error()) : Promise.resolve('done');
  };
  return { times, work };
}

const pauses = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));

describe('the retry policy', () => {
  it('has the documented defaults', () => {
    const defaults = { attempts: 5, elapsedMs: 180_000, minDelayMs: 100, maxDelayMs: 2_000 };
    assert.deepEqual(retryPolicy(undefined), defaults);
    assert.deepEqual(retryPolicy({}), defaults);
  });

  it('is one try for `false`', () => {
    assert.equal(retryPolicy(false).attempts, 1);
  });

  const invalid: [string, RetryOptions][] = [
    ...[0, -1, 1.5, Number.NaN, Infinity].map((attempts): [string, RetryOptions] => ['attempts', { attempts }]),
    ['elapsed', { elapsed: 'long' }],
    ['minDelay', { minDelay: -1 }],
    ['maxDelay', { maxDelay: '5' }],
  ];
  for (const [name, options] of invalid) {
    it(`refuses retry.${name} of ${String(Object.values(options)[0])}`, () => {
      assert.throws(() => retryPolicy(options), {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message: new RegExp(`retry\\.${name}`),
      });
    });
  }
  it('has a case for every option', () => assert.equal(invalid.length, 8));
});

describe('retrying', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => {
    clock.restore();
    sinon.restore();
  });

  async function retried(work: (n: number) => Promise<string>, options: RetryOptions | false = {}) {
    const { signal } = new AbortController();
    const onRetry = sinon.spy();
    const outcome = withRetry(work, retryPolicy(options), { signal, onRetry }).catch((error: unknown) => error);
    await clock.runAllAsync();
    assertNoListeners(signal);
    return { outcome: await outcome, onRetry };
  }

  it('succeeds with the first try that does, and tells of every failure before it', async () => {
    const { work, times } = flaky(3);
    const { outcome, onRetry } = await retried(work);
    assert.equal(outcome, 'done');
    assert.equal(times.length, 4);
    assert.deepEqual(
      onRetry.args.map((args: unknown[]) => args[1]),
      [1, 2, 3],
    );
  });

  it('gives up with the last error after so many tries in all', async () => {
    const { work, times } = flaky(9);
    const { outcome, onRetry } = await retried(work, { attempts: 3 });
    assert.equal((outcome as Error).message, 'broken');
    assert.equal(times.length, 3);
    assert.equal(onRetry.callCount, 2);
  });

  it('tries once for `false`', async () => {
    const { work, times } = flaky(1);
    const { onRetry } = await retried(work, false);
    assert.equal(times.length, 1);
    sinon.assert.notCalled(onRetry);
  });

  it('counts the tries that an SDK made inside one', async () => {
    const { work, times } = flaky(9, () => broken({ attempts: 3 }));
    await retried(work, { attempts: 5 });
    assert.equal(times.length, 2);
  });

  for (const error of [connectorError('ACCESS_DENIED', 'no'), new Error('foreign'), new TypeError('a bug')]) {
    it(`does not repeat a ${error.name}`, async () => {
      const { work, times } = flaky(1, () => error);
      const { outcome } = await retried(work);
      assert.equal(outcome, error);
      assert.equal(times.length, 1);
    });
  }

  it('repeats what its caller calls worth it, and nothing else', async () => {
    const { signal } = new AbortController();
    const repeats = ({ code }: { code: string }): boolean => code === 'ACCESS_DENIED';
    const denied = flaky(1, () => connectorError('ACCESS_DENIED', 'not yet'));
    const other = flaky(1);
    const both = [denied, other].map(({ work }) => withRetry(work, retryPolicy({}), { signal, repeats }));
    const outcomes = Promise.allSettled(both);
    await clock.runAllAsync();
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.deepEqual([denied.times.length, other.times.length], [2, 1]);
  });

  it('doubles its pauses up to the longest, at both ends of the jitter', async () => {
    const options = { attempts: 7, minDelay: 100, maxDelay: 1_000 };
    const random = sinon.stub(Math, 'random').returns(0);
    const shortest = flaky(6);
    await retried(shortest.work, options);
    assert.deepEqual(pauses(shortest.times), [100, 200, 400, 500, 500, 500]);
    random.returns(1);
    const longest = flaky(6);
    await retried(longest.work, options);
    assert.deepEqual(pauses(longest.times), [200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it('pauses within the least and the longest, and never twice alike', async () => {
    const limits = fc.tuple(fc.integer({ min: 50, max: 500 }), fc.integer({ min: 1_000, max: 5_000 }));
    await fc.assert(
      fc.asyncProperty(limits, async ([minDelay, maxDelay]) => {
        const [one, other] = [flaky(4), flaky(4)];
        await retried(one.work, { minDelay, maxDelay });
        await retried(other.work, { minDelay, maxDelay });
        const found = [...pauses(one.times), ...pauses(other.times)];
        assert.equal(found.length, 8);
        assert.ok(Math.min(...found) >= minDelay && Math.max(...found) <= maxDelay + 1, found.join());
        assert.notDeepEqual(pauses(one.times), pauses(other.times), 'two clients that failed together return together');
      }),
      { numRuns: 50 },
    );
  });

  it('waits as long as the server asks for, and not longer', async () => {
    const { work, times } = flaky(1, () => broken({ retryAfterMs: 7_000 }));
    await retried(work, { minDelay: 10, maxDelay: 20 });
    assert.deepEqual(pauses(times), [7_000]);
  });

  it('fails at once when the server asks for more than the budget', async () => {
    const { work, times } = flaky(1, () => broken({ retryAfterMs: 10_000 }));
    const { outcome, onRetry } = await retried(work, { elapsed: '10s' });
    assert.equal((outcome as Error).message, 'broken');
    assert.equal(times.length, 1);
    assert.equal(performance.now(), times[0], 'it waited for nothing');
    sinon.assert.notCalled(onRetry);
  });

  it('tries nothing again after the time budget', async () => {
    const { work, times } = flaky(99);
    await retried(work, { attempts: 100, elapsed: '5s', minDelay: '1s', maxDelay: '1s' });
    assert.equal(times.length, 5);
    assert.ok(Math.max(...times) - Math.min(...times) < 5_000);
  });

  it('is cut at once by an abort during the pause, with its reason', async () => {
    const user = new AbortController();
    const reason = new Error('left');
    const { work, times } = flaky(9);
    const outcome = rejection(
      withRetry(work, retryPolicy({ minDelay: '1m', maxDelay: '1m' }), { signal: user.signal }),
    );
    await clock.tickAsync(10);
    user.abort(reason);
    assert.equal(await outcome, reason);
    assert.equal(times.length, 1);
    assert.equal(clock.countTimers(), 0);
    assertNoListeners(user.signal);
  });

  it('reports the reason, and no retry, when a try fails because of the abort', async () => {
    const user = new AbortController();
    const reason = new Error('left');
    const onRetry = sinon.spy();
    const work = (): Promise<never> => {
      user.abort(reason);
      return Promise.reject(broken());
    };
    const hooks = { signal: user.signal, onRetry };
    assert.equal(await rejection(withRetry(work, retryPolicy({}), hooks)), reason);
    assert.equal(await rejection(withRetry(work, retryPolicy(false), hooks)), reason);
    sinon.assert.notCalled(onRetry);
  });

  it('tries nothing under a signal that has already fired', async () => {
    const work = sinon.stub().resolves();
    const signal = AbortSignal.abort(new Error('before'));
    await assert.rejects(withRetry(work, retryPolicy({}), { signal }), { message: 'before' });
    sinon.assert.notCalled(work);
  });
});
