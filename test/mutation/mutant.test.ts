import assert from 'node:assert/strict';
import type { Guard } from './guard.ts';
import { switchOff } from './guard.ts';
import { tryGuard } from './mutant.ts';

const limits = { limitMs: 60_000, testMs: 10_000 };

const digest: Guard = {
  name: 'tried',
  promise: 'a checksum goes on where it stood',
  faults: [],
  file: 'src/core/checksum.ts',
  find: 'value = crc32(chunk, value);',
  replace: 'value = crc32(chunk);',
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
    assert.equal(await outcomeOf({ replace: 'value = crc32(chunk, value + 0);' }), 'survived');
  });

  it('calls it invalid when the source no longer loads', async () => {
    assert.equal(await outcomeOf({ replace: 'value = ;' }), 'invalid');
  });

  it('calls it invalid when a name is missing, however many tests fail of it', async () => {
    assert.equal(await outcomeOf({ replace: 'value = notThere(chunk);' }), 'invalid');
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

  it('calls it invalid when its time is up', async () => {
    const { outcome, detail } = await tryGuard(digest, { ...limits, limitMs: 20 });
    assert.equal(outcome, 'invalid');
    assert.match(detail, /stopped after 0\.02 s/);
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
