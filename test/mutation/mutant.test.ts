import assert from 'node:assert/strict';
import path from 'node:path';
import type { Guard } from './guard.ts';
import { switchOff } from './guard.ts';
import { tryGuard } from './mutant.ts';
import { isRed } from './unmutated.ts';

const limits = { limitMs: 60_000, testMs: 10_000 };

const digest: Guard = {
  name: 'tried',
  promise: 'a checksum goes on where it stood',
  faults: [],
  file: 'src/core/checksum.ts',
  find: 'value = next(value, chunk);',
  replace: 'value = next(start, chunk);',
  tests: ['test/core/checksum.test.ts'],
};

const outcomeOf = async (guard: Partial<Guard>): Promise<string> => {
  const { outcome } = await tryGuard({ ...digest, ...guard }, limits);
  return outcome;
};

describe('trying a guard', () => {
  it('finds it killed when a test notices, and says which', async () => {
    const { guard, outcome, detail } = await tryGuard(digest, limits);
    assert.deepEqual({ guard, outcome }, { guard: 'tried', outcome: 'killed' });
    assert.match(detail, /checksum/i);
  });

  it('finds it survived when the rewritten source does the same', async () => {
    assert.equal(await outcomeOf({ replace: 'value = next((value), chunk);' }), 'survived');
  });

  it('calls it invalid when the source no longer loads', async () => {
    assert.equal(await outcomeOf({ replace: 'value = ;' }), 'invalid');
  });

  it('calls it invalid when a name is missing, however many tests fail of it', async () => {
    assert.equal(await outcomeOf({ replace: 'value = notThere(value, chunk);' }), 'invalid');
  });

  it('calls it invalid when its text is not in its file', async () => {
    assert.equal(await outcomeOf({ find: 'value = crc64(chunk);' }), 'invalid');
  });

  it('calls it invalid when its tests do not load its file', async () => {
    assert.equal(await outcomeOf({ tests: ['test/core/duration.test.ts'] }), 'invalid');
  });

  it('calls it invalid when no test has such a title', async () => {
    assert.equal(await outcomeOf({ grep: 'a title that nobody gave' }), 'invalid');
  });

  it('calls it invalid when its test times out that is slow anyway, and killed when it is not', async () => {
    const guard: Guard = {
      ...digest,
      file: 'src/core/back-off.ts',
      find: '      resolve();\n    }, ms);',
      replace: '    }, ms);',
      tests: ['test/core/retry.test.ts'],
      grep: 'succeeds with the first try that does',
    };
    const title = 'retrying succeeds with the first try that does, and tells of every failure before it';
    const outcome = async (ms: number): Promise<string> => {
      return (await tryGuard(guard, { ...limits, testMs: 400, took: new Map([[title, ms]]) })).outcome;
    };
    assert.deepEqual([await outcome(10), await outcome(300)], ['killed', 'invalid']);
  });

  it('calls it invalid when its time is up', async () => {
    const { outcome, detail } = await tryGuard(digest, { ...limits, limitMs: 20 });
    assert.equal(outcome, 'invalid');
    assert.match(detail, /stopped after 0\.02 s/);
  });
});

describe('a guard whose tests are red as they are', () => {
  const red = (file: string) => {
    const failures = [{ title: 'x', fullTitle: 'x', file: path.resolve(file), err: {} }];
    return { tests: 1, failures, durationMs: 0, took: new Map<string, number>() };
  };

  it('is not tried, and others are', () => {
    assert.equal(isRed(digest, red('test/core/checksum.test.ts')), true);
    assert.equal(isRed(digest, red('test/core/size.test.ts')), false);
  });
});

describe('switching a guard off', () => {
  it('rewrites the one place, dollar signs as they are', () => {
    assert.equal(switchOff({ ...digest, find: 'b', replace: '$&$1' }, 'abc'), 'a$&$1c');
  });

  it('refuses a text that is not there, or there more than once', () => {
    assert.throws(() => switchOff({ ...digest, find: 'x' }, 'abc'), /does not occur/);
    assert.throws(() => switchOff({ ...digest, find: 'b' }, 'abcb'), /occurs 2 times/);
  });
});
