import assert from 'node:assert/strict';
import sinon from 'sinon';
import { RequestSeries } from '../../src/core/within.ts';
import { rejection } from '../support/faults.ts';

describe('requests that follow each other within one work', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })));
  afterEach(() => clock.restore());

  it('have each their own time, however long all of them take', async () => {
    const series = new RequestSeries('a store');
    const answered = Promise.withResolvers<string>();
    const whole = series.within(100, () => answered.promise);
    for (let n = 0; n < 5; n += 1) {
      clock.tick(90);
      series.next();
    }
    answered.resolve('the last answer');
    assert.equal(await whole, 'the last answer');
    assert.equal(clock.countTimers(), 0);
    series.next();
    assert.equal(clock.countTimers(), 0);
  });

  it('are cut when one is not answered in time', async () => {
    const series = new RequestSeries('a store');
    const seen = Promise.withResolvers<AbortSignal>();
    const failed = rejection(series.within(100, (cut) => (seen.resolve(cut), new Promise(() => undefined))));
    const cut = await seen.promise;
    clock.tick(90);
    series.next();
    clock.tick(100);
    const { code, message } = await failed;
    assert.deepEqual([code, message, cut.aborted], ['RESPONSE_TIMEOUT', 'a store did not answer in 100 ms', true]);
  });

  it('end with the signal', async () => {
    const series = new RequestSeries('a store');
    const user = new AbortController();
    const failed = rejection(series.within(100, () => new Promise(() => undefined), user.signal));
    user.abort(new Error('the user left'));
    assert.equal((await failed).message, 'the user left');
    assert.equal(clock.countTimers(), 0);
  });
});
