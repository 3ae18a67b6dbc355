import assert from 'node:assert/strict';
import sinon from 'sinon';
import { RequestRate } from '../../src/core/request-rate.ts';

describe('the rate of the requests to one store', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ toFake: ['performance'] })));
  afterEach(() => clock.restore());

  /** Accepts so many requests, one every `everyMs`, or when it may be sent. */
  const accept = (rate: RequestRate, count: number, everyMs: number): void => {
    for (let n = 0; n < count; n += 1) {
      clock.tick(Math.max(everyMs, rate.waitMs));
      rate.take();
      rate.accepted();
    }
  };
  /** Sends whatever may be sent at once, and counts. */
  const burst = (rate: RequestRate): number => {
    let sent = 0;
    for (; rate.waitMs === 0 && sent < 10_000; sent += 1) rate.take();
    return sent;
  };
  /** Milliseconds between requests. */
  const spacing = (rate: RequestRate): number => {
    burst(rate);
    clock.tick(rate.waitMs);
    rate.take();
    return rate.waitMs;
  };
  /** A rate that was learned at 20 per second. */
  const learned = (): RequestRate => {
    const rate = new RequestRate();
    accept(rate, 40, 50);
    rate.refused();
    return rate;
  };

  it('is unlimited until the first refusal', () => {
    const rate = new RequestRate();
    accept(rate, 40, 50);
    assert.equal(burst(rate), 10_000);
  });

  it('is seven tenths of what was accepted, after a refusal, and nothing is saved up', () => {
    const rate = learned();
    // 1 s / (0.7 x 20 / s); the rate that was measured still holds a little of the beginning.
    for (const ms of [rate.waitMs, spacing(rate)]) assert.ok(Math.abs(ms - 71) <= 8, `${ms} ms`);
  });

  it('is one request every two seconds when nothing was ever accepted', () => {
    const rate = new RequestRate();
    rate.refused();
    assert.equal(rate.waitMs, 2_000);
    rate.refused();
    assert.equal(rate.waitMs, 2_000);
  });

  it('rises fast to near what was refused, slowly there, and fast again past it', () => {
    const rate = learned();
    const spacings = Array.from({ length: 10 }, () => {
      accept(rate, 10, 1);
      return spacing(rate);
    });
    // A millisecond of rounding.
    for (const [index, ms] of spacings.entries()) assert.ok(ms <= (spacings[index - 1] ?? ms) + 1, spacings.join());
    const gained = spacings.map((ms, index) => 1_000 / ms - 1_000 / (spacings[index - 1] ?? ms));
    const slowest = gained.slice(1, -1).indexOf(Math.min(...gained.slice(1, -1))) + 1;
    assert.ok(
      Math.abs((spacings[slowest] ?? 0) - 50) <= 6,
      `it lingers at ${spacings[slowest]} ms of ${spacings.join()}`,
    );
    assert.ok((spacings.at(-1) ?? 0) < 40, spacings.join());
  });

  it('is no lower after a rest, and saves up no more than one second of it', () => {
    const rate = learned();
    accept(rate, 20, 70);
    const before = spacing(rate);
    clock.tick(600_000);
    rate.take();
    rate.accepted();
    const sent = burst(rate);
    assert.ok(sent >= 10 && sent <= 20, `${sent} at once`);
    const after = spacing(rate);
    assert.ok(after <= before, `${after} ms, and ${before} before`);
  });
});
