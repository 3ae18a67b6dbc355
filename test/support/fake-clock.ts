/** A clock that a test moves, for bounds that are too long to be waited for. */
import assert from 'node:assert/strict';
import * as sinon from 'sinon';
import { connectorRejection } from '../connectors/s3/support.ts';

export interface FakeClock {
  /** The code of what `work` is rejected with at the end of `ms`, and not before. */
  runsOut(work: Promise<unknown>, ms: number): Promise<string>;
}

/** In place of the real one in each test of a suite. */
export function useFakeClock(): FakeClock {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => {
    clock = sinon.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'performance'],
      // The SDK's, of requests before.
      shouldClearNativeTimers: true,
    });
  });
  afterEach(() => clock.restore());
  return {
    async runsOut(work, ms) {
      let over = false;
      const failed = connectorRejection(work).finally(() => (over = true));
      await clock.tickAsync(ms - 1);
      assert.ok(!over, 'it ran out early');
      await clock.tickAsync(1);
      return (await failed).code;
    },
  };
}
