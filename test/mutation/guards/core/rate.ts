/** How many requests per second one store is sent. */
import { guardsIn } from '../../guard.ts';

export const rateGuards = guardsIn(
  'src/core/request-limiter.ts',
  ['test/core/request-limiter.test.ts'],
  [
    {
      name: 'core-rate-holds',
      promise: 'a store whose rate is known is sent no more than that',
      faults: ['W1'],
      find: 'Math.max(this.#heldUntil - performance.now(), this.#rate?.waitMs ?? 0)',
      replace: 'this.#heldUntil - performance.now()',
      grep: 'refuses seldom once its rate is known',
    },
    {
      name: 'core-rate-falls',
      promise: 'a refusal lowers the rate',
      faults: ['W1'],
      find: '    this.#rate?.refused();',
      replace: '',
      grep: 'refuses seldom once its rate is known',
    },
    {
      name: 'core-rate-recovers',
      promise: 'a store that accepts is sent more per second again',
      faults: ['W1'],
      find: '    this.#rate?.accepted();',
      replace: '',
      grep: 'fewer per second after a refusal',
    },
    {
      name: 'core-rate-after-a-rest',
      promise: 'nothing that was not asked for lowers the rate',
      faults: ['W1'],
      file: 'src/core/request-rate.ts',
      find: 'Math.max(this.#perSecond, Math.min(curve, 2 * this.#measured))',
      replace: 'Math.min(curve, 2 * this.#measured)',
      tests: ['test/core/request-rate.test.ts'],
      grep: 'no lower after a rest',
    },
    {
      name: 'core-rate-no-burst',
      promise: 'what was not asked for is not asked for all at once',
      faults: ['W1'],
      file: 'src/core/request-rate.ts',
      find: 'Math.max(1, perSecond)',
      replace: 'Infinity',
      tests: ['test/core/request-rate.test.ts'],
      grep: 'no lower after a rest',
    },
    {
      name: 's3-adaptive-mode',
      promise: 'the adaptive mode learns the rate of a store, on the wire',
      faults: ['W1'],
      file: 'src/core/client-cache.ts',
      find: "new RequestLimiter(mode === 'adaptive' ? new RequestRate() : undefined)",
      replace: 'new RequestLimiter()',
      tests: ['test/faults/s3-adaptive.test.ts'],
      grep: 'fewer in the adaptive mode',
    },
  ],
);
