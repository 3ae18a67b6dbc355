import assert from 'node:assert/strict';
import { estimate, median, pairedRatios } from '../../bench/harness/statistics.ts';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-3, `${actual} instead of ${expected}`);

describe('statistics of the benchmarks', () => {
  it('take the geometric mean, so that a ratio and its inverse agree', () => {
    const ratios = [0.5, 2, 1.25];
    near(estimate(ratios).mean, 1.25 ** (1 / 3));
    near(estimate(ratios.map((ratio) => 1 / ratio)).mean, 1 / estimate(ratios).mean);
  });

  it("bound the mean by Student's t on the logarithms", () => {
    // ln 1, ln 1.1, ln 1.2: mean 0.092544, deviation 0.091336, t(2) 4.303.
    const { mean, low, high, count } = estimate([1, 1.1, 1.2]);
    assert.equal(count, 3);
    near(mean, 1.09696);
    near(low, 0.87426);
    near(high, 1.37638);
  });

  it('know nothing about the error of a single value', () => {
    assert.deepEqual(estimate([1.5]), { mean: 1.5, low: 0, high: Infinity, count: 1 });
  });

  it('narrow as rounds that agree are added', () => {
    const width = (rounds: number): number => {
      const { low, high } = estimate(Array.from({ length: rounds }, (_, round) => 1 + (round % 2) / 10));
      return high / low;
    };
    assert.ok(width(4) > width(8));
    assert.ok(width(8) > width(40));
  });

  it('refuse what is no ratio', () => {
    assert.throws(() => estimate([1, 0]), RangeError);
    assert.throws(() => estimate([1, Number.NaN]), RangeError);
    assert.throws(() => estimate([]), RangeError);
  });

  it('pair values of the same round and refuse lists of different length', () => {
    assert.deepEqual(pairedRatios([2, 9], [4, 3]), [0.5, 3]);
    assert.throws(() => pairedRatios([1, 2], [1]), RangeError);
  });

  it('take the middle value, or the mean of the two in the middle', () => {
    assert.equal(median([5, 1, 3]), 3);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.throws(() => median([]), RangeError);
  });
});
