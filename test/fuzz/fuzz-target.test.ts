import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import fc from 'fast-check';
import { must } from './broken.ts';
import { fuzzTarget } from './fuzz-target.ts';
import { target } from './target.ts';

const below = (bound: number) =>
  target({ input: fc.nat(1_000_000), check: (input) => must(input < bound, `${input} is not below ${bound}`) });

describe('fuzzing a target', () => {
  it('tries inputs for the time it was given, and finds nothing where nothing is', async () => {
    const started = performance.now();
    const { runs, failure } = await fuzzTarget(below(Infinity), { name: 'quiet', seconds: 0.3, seed: 1 });
    assert.equal(failure, undefined);
    assert.ok(runs > 10, `${runs} inputs`);
    assert.ok(performance.now() - started < 10_000);
  });

  it('finds an input that breaks a promise, makes it as small as it can be, and replays it by what it says', async () => {
    const { failure = '' } = await fuzzTarget(below(5_000), { name: 'bounded', seconds: 20, seed: 3 });
    assert.match(failure, /Broken: 5000 is not below 5000/);
    const [, seed, found] = /npm run fuzz -- --target bounded --seed (\d+) --path (\S+)$/.exec(failure) ?? [];
    const again = await fuzzTarget(below(5_000), { name: 'bounded', seconds: 20, seed: Number(seed), path: found });
    assert.match(again.failure ?? '', /Broken: 5000 is not below 5000/);
    const other = await fuzzTarget(below(5_001), { name: 'bounded', seconds: 20, seed: Number(seed), path: found });
    assert.equal(other.failure, undefined);
  });

  const fates = [
    ['ends a process whose thread is blocked', 'hang', /one input took more than 300 ms of processor time/],
    ['ends a process that waits for ever', 'wait', /one input had not ended after 300 ms/],
    ['ends a process that takes too much memory', 'memory', /one input took \d+ MiB of memory/],
  ] as const;
  for (const [title, fate, words] of fates) {
    it(`${title}, and says which input it was`, () => {
      const doomed = path.join(import.meta.dirname, 'doomed.ts');
      const { stdout, signal } = spawnSync(process.execPath, [doomed, fate], { encoding: 'utf8', timeout: 25_000 });
      assert.match(stdout, words);
      assert.match(stdout, /npm run fuzz -- --target doomed --seed 1 --path 9\n$/);
      assert.equal(signal, 'SIGKILL');
    });
  }
});
