/** One limiter for all that talk to one store. */
import { guardsIn } from '../../guard.ts';

export const limiterGuards = guardsIn(
  'src/core/request-limiter.ts',
  ['test/core/request-limiter.test.ts'],
  [
    {
      name: 'core-limiter-holds',
      promise: 'nothing is sent to a store until the pause that it asked for is over',
      faults: ['W1'],
      find: ' && this.#pauseMs() <= 0;',
      replace: ';',
      grep: 'until the time that the store named is over',
    },
    {
      name: 'core-limiter-halves',
      promise: 'a store that asks for fewer requests gets half as many at once',
      faults: ['W1'],
      find: '    this.#limit = Math.max(1, Math.floor(Math.min(this.#limit, this.#active) / 2));',
      replace: '',
      grep: 'halves once',
    },
    {
      name: 'core-limiter-one-round',
      promise: 'the refusals of one round are one refusal',
      faults: ['W1'],
      find: '    if (epoch !== this.#epoch) return;',
      replace: '',
      grep: 'halves once',
    },
    {
      name: 'core-limiter-recovers',
      promise: 'a store that accepts again is sent as many requests as before',
      faults: ['W1'],
      find: '    if (epoch === this.#epoch && this.#active >= width) this.#limit += 1 / width;',
      replace: '',
      grep: 'and then no less than before',
    },
    {
      name: 'core-limiter-oldest-first',
      promise: 'a request that was refused comes back before the younger ones',
      faults: ['W1'],
      find: 'this.#waiting.splice(older + 1, 0, waiter);',
      replace: 'this.#waiting.push(waiter);',
      grep: 'lets the oldest in first',
    },
    {
      name: 'core-limiter-leaves',
      promise: 'a request that is over makes room for the next',
      faults: ['W1'],
      find: '        this.#active -= 1;\n        this.#admit();',
      replace: '        this.#admit();',
      grep: 'lets everybody in at last',
    },
    {
      name: 'core-limiter-cut',
      promise: 'an abort ends the wait for other requests at once',
      faults: ['A1', 'W1'],
      find: "      signal.addEventListener('abort', onAbort, { once: true });",
      replace: '',
      grep: 'rejects who waits at once',
    },
    {
      name: 'core-limiter-excused',
      promise: 'the time in which a store serves others is not taken from a request that waits',
      faults: ['W1'],
      file: 'src/core/retry.ts',
      find: 'endsAt += admission?.excusedMs ?? 0;',
      replace: 'endsAt += 0;',
      grep: 'time budget while it waits',
    },
  ],
);
