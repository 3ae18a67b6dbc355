import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { sweep } from '../../src/core/sweep.ts';
import { connectorError } from '../../src/errors.ts';
import { rejection } from '../support/faults.ts';

describe('a sweep', () => {
  it('that fails removes nothing more, and is over when it says so', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const remove = async (n: number): Promise<boolean> => {
      begun.push(n);
      await pause(n === 0 ? 1 : 10);
      if (n === 0) throw connectorError('CONNECTION_LOST', 'lost');
      ended.push(n);
      return true;
    };
    const found = Readable.from([0, 1, 2, 3, 4, 5]) as AsyncIterable<number>;
    const error = await rejection(sweep({ found, remove, concurrency: 2, plural: 'leftovers' }));
    // One is gone.
    assert.deepEqual([error['code'], error['outcome']], ['CONNECTION_LOST', 'unknown']);
    assert.deepEqual([begun, ended], [[0, 1], [1]]);
    await pause(30);
    assert.deepEqual(begun, [0, 1]);
  });
});
