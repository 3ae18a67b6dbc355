import assert from 'node:assert/strict';
import { seeded } from '../../../src/testing/chaos-proxy/random.ts';

const drawn = (seed: number, count: number): number[] => {
  const draw = seeded(seed);
  return Array.from({ length: count }, draw);
};

describe('the random numbers of the chaos proxy', () => {
  it('come again with the same seed, and differ with another', () => {
    assert.deepEqual(drawn(7, 100), drawn(7, 100));
    assert.notDeepEqual(drawn(7, 100), drawn(8, 100));
  });

  it('are spread evenly over 0 to 1', () => {
    const numbers = drawn(1, 10_000);
    assert.ok(numbers.every((number) => number >= 0 && number < 1));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
      assert.ok(inside > 850 && inside < 1_150, `${inside} of 10,000 in tenth ${tenth}`);
    }
  });
});
