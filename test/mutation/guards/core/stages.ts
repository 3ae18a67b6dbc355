/** Stages: told as they are entered, named by errors, and struck one by one. */
import { guardsIn } from '../../guard.ts';

const ABORT = 'test/faults/stages-abort.test.ts';
const STAGE = 'test/core/stage.test.ts';

const deadline = guardsIn(
  'src/core/deadline.ts',
  [STAGE],
  [
    {
      name: 'core-stage-back-off',
      promise: 'an abort while an operation waits to try again names that wait',
      faults: ['A1', 'A2'],
      find: 'this.#move(() => (this.#pauses += 1));',
      replace: '',
      grep: 'back-off',
    },
    {
      name: 'core-stage-after-commit',
      promise: 'that the commit was sent is not hidden behind a pause',
      faults: ['A1'],
      find: 'if (this.#closed) return () => undefined;',
      replace: '',
      grep: 'once the commit was sent',
    },
    {
      name: 'core-stage-clean-up-is-last',
      promise: 'nothing is begun in an operation that is being cleaned up',
      faults: ['A1', 'A5'],
      find: "if (this.#work === 'cleanup') throw connectorError('ABORTED', 'the operation is over', { stage: 'cleanup' });",
      replace: '',
      grep: 'stay at the clean-up',
    },
    {
      name: 'core-stage-told-before-it-begins',
      promise: 'an abort from within the event of a stage is before anything of that stage',
      faults: ['A1'],
      find: '    // Whoever was told may have ended it.\n    this.throwIfEnded();',
      replace: '',
      grep: 'is not gone on with',
    },
  ],
);

const lifecycle = guardsIn(
  'src/core/lifecycle.ts',
  [STAGE],
  [
    {
      name: 'core-stage-clean-up-told',
      promise: 'the clean-up is a stage of its own',
      faults: ['A1'],
      find: 'this.deadline.enterCleanup();',
      replace: '',
      grep: 'end with the clean-up',
    },
    {
      name: 'core-stage-of-the-failure',
      promise: 'a request that fails names its own stage, whatever else is waiting',
      faults: [],
      find: 'return this.#named(fault, this.deadline.work);',
      replace: 'return this.#named(fault);',
      grep: 'of another one that fails',
    },
    {
      name: 'core-stage-destroyed-at-the-event',
      promise: 'a stream that is destroyed as it opens opens nothing',
      faults: ['A1'],
      find: '    // Whoever was told of it may have destroyed the stream.\n    this.#assertAlive();',
      replace: '',
      grep: "abort of the pipeline: 'open'",
    },
  ],
);

const aborts = guardsIn(
  'src/core/sink.ts',
  [ABORT],
  [
    {
      name: 'core-last-moment-before-the-commit',
      promise: "an abort through the pipeline's signal at the last moment sends no commit",
      faults: ['A1'],
      find: 'if (stream.destroyed) throw lifecycle.reason(null);',
      replace: '',
      grep: "s3ObjectSink aborted by the pipeline's signal .* at the last moment",
    },
  ],
);

export const stageGuards = [
  ...deadline,
  ...lifecycle,
  ...aborts,
  ...guardsIn(
    'src/core/operation.ts',
    [STAGE],
    [
      {
        name: 'core-stage-costs-nothing',
        promise: 'a stage that nobody listens to is not even put into words',
        faults: [],
        find: '!channels.stage.hasSubscribers || ',
        replace: '',
        grep: 'cost nothing when nobody listens',
      },
    ],
  ),
];
