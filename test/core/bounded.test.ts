import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import sinon from 'sinon';
import { attempt, bounded } from '../../src/core/deadline.ts';
import { assertNoListeners } from '../support/leaks.ts';
import { unhandled } from '../support/unhandled.ts';

const timeout = { ms: 1_000, code: 'IDLE_TIMEOUT', message: 'too slow' } as const;

describe('a bounded wait', () => {
  it('gives the value and leaves no listener', async () => {
    const { signal } = new AbortController();
    assert.equal(await bounded(Promise.resolve(7), { signal, timeout }), 7);
    assertNoListeners(signal);
  });

  it('gives the rejection by identity and leaves no listener', async () => {
    const { signal } = new AbortController();
    const error = new Error('broken');
    await assert.rejects(bounded(Promise.reject(error), { signal, timeout }), (given) => given === error);
    assertNoListeners(signal);
  });

  it("ends with the signal's own reason at once, and leaves no listener", async () => {
    const user = new AbortController();
    const reason = new Error('the user left');
    const wait = bounded(new Promise(() => undefined), { signal: user.signal, timeout });
    user.abort(reason);
    await assert.rejects(wait, (given) => given === reason);
    assertNoListeners(user.signal);
  });

  it('does not wait under a signal that has already fired, and releases what comes all the same', async () => {
    const signal = AbortSignal.abort(new Error('before'));
    const late = sinon.spy();
    await assert.rejects(bounded(Promise.resolve('value'), { signal, late }), { message: 'before' });
    await turn();
    sinon.assert.calledOnceWithExactly(late, 'value');
    assertNoListeners(signal);
  });

  it('hands a value that comes after an abort to `late`, exactly once', async () => {
    const user = new AbortController();
    const late = sinon.spy();
    const work = Promise.withResolvers<string>();
    const wait = bounded(work.promise, { signal: user.signal, late });
    user.abort(new Error('left'));
    await assert.rejects(wait, { message: 'left' });
    work.resolve('value');
    await turn();
    sinon.assert.calledOnceWithExactly(late, 'value');
  });

  it('never gives a value and releases it as well', async () => {
    const user = new AbortController();
    const late = sinon.spy();
    const work = Promise.withResolvers<string>();
    const wait = bounded(work.promise, { signal: user.signal, late });
    work.resolve('value');
    user.abort(new Error('in the same turn'));
    await assert.rejects(wait, { message: 'in the same turn' });
    sinon.assert.calledOnceWithExactly(late, 'value');
  });

  it('does not release a value that was given', async () => {
    const late = sinon.spy();
    const user = new AbortController();
    await bounded(Promise.resolve('value'), { signal: user.signal, late });
    user.abort();
    await turn();
    sinon.assert.notCalled(late);
  });

  it('leaves no unhandled rejection when the abandoned work rejects later', async () => {
    const seen = await unhandled(async () => {
      const user = new AbortController();
      const work = Promise.withResolvers<string>();
      const wait = bounded(work.promise, { signal: user.signal });
      user.abort(new Error('left'));
      await assert.rejects(wait, { message: 'left' });
      work.reject(new Error('and then it broke'));
    });
    assert.deepEqual(seen, []);
  });

  describe('with a timeout', () => {
    let clock: sinon.SinonFakeTimers;
    beforeEach(() => (clock = sinon.useFakeTimers()));
    afterEach(() => clock.restore());

    it('ends with its code, message and outcome', async () => {
      const { signal } = new AbortController();
      const bound = { code: 'COMMIT_TIMEOUT', message: 'no answer', outcome: 'unknown' } as const;
      const wait = bounded(new Promise(() => undefined), { signal, timeout: { ms: 50, ...bound } });
      const refused = assert.rejects(wait, { name: 'TimeoutError', ...bound });
      await clock.tickAsync(50);
      await refused;
      assertNoListeners(signal);
    });

    it('hands a value that comes later to `late`', async () => {
      const late = sinon.spy();
      const work = Promise.withResolvers<string>();
      const refused = assert.rejects(bounded(work.promise, { timeout, late }), { code: 'IDLE_TIMEOUT' });
      await clock.tickAsync(timeout.ms);
      await refused;
      work.resolve('value');
      await clock.tickAsync(0);
      sinon.assert.calledOnceWithExactly(late, 'value');
    });

    it('leaves no timer, however it ends', async () => {
      const user = new AbortController();
      await bounded(Promise.resolve(), { timeout });
      await assert.rejects(bounded(Promise.reject(new Error('broken')), { timeout }));
      const wait = bounded(new Promise(() => undefined), { timeout, signal: user.signal });
      user.abort(new Error('left'));
      await assert.rejects(wait);
      assert.equal(clock.countTimers(), 0);
    });
  });
});

describe('an attempt', () => {
  it('cuts its work when it is given up', async () => {
    const user = new AbortController();
    let cut: AbortSignal | undefined;
    const work = async (signal: AbortSignal): Promise<void> => {
      cut = signal;
      await once(signal, 'abort');
    };
    const wait = attempt(work, { signal: user.signal });
    assert.equal(cut?.aborted, false);
    user.abort(new Error('left'));
    await assert.rejects(wait, { message: 'left' });
    assert.equal(cut.aborted, true);
  });

  it('cuts what its work left behind when it has succeeded', async () => {
    let cut: AbortSignal | undefined;
    assert.equal(await attempt((signal) => Promise.resolve((cut = signal).aborted), {}), false);
    assert.equal(cut?.aborted, true);
  });

  it('starts nothing once the signal has fired', async () => {
    const work = sinon.stub().resolves();
    await assert.rejects(attempt(work, { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' });
    sinon.assert.notCalled(work);
  });
});
