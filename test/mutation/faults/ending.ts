import type { FaultArea } from '../fault.ts';

export const ending: FaultArea = {
  title: 'Aborts and deadlines',
  faults: [
    {
      id: 'A1',
      fault: 'An abort, at any stage of any stream.',
      outcome: "`ABORTED` with the stage and the signal's own reason; everything is given back.",
      tests: ['test/faults/stages-abort.test.ts'],
    },
    {
      id: 'A2',
      fault: 'The time runs out, at any stage of any stream.',
      outcome: '`DEADLINE_EXCEEDED` with the stage, and the clean-up still runs.',
      tests: ['test/faults/stages-deadline.test.ts'],
    },
    {
      id: 'A3',
      fault: 'The signal has fired before the first use.',
      outcome: 'Nothing is opened and nothing is read.',
      tests: [
        'test/faults/postgres-every-stream.test.ts',
        'test/faults/adls-abort.test.ts',
        'test/faults/adls-many.test.ts',
      ],
    },
    {
      id: 'A4',
      fault: 'The processor is so busy that no timer gets a turn.',
      outcome: 'The deadline is read from the clock: the pipeline stops, and nothing late is committed.',
    },
    {
      id: 'A5',
      fault: 'A stream is ended twice, or during its clean-up.',
      outcome: 'The first error stays, it is cleaned up once, and `settled` always settles.',
    },
    {
      id: 'A6',
      fault: 'The process is killed in the middle of a transfer.',
      outcome:
        'No object, no file, no row; `sweepUploads` and `sweepTemporary` find what is left by its age, and leave that of others alone.',
      tests: ['test/faults/process-killed.test.ts'],
    },
    {
      id: 'A8',
      fault: 'Thousands of streams share a signal, a pool and a process.',
      outcome: 'No listener, timer, socket, body or engine is left behind, however they end.',
      tests: [
        'test/faults/many-pipelines.test.ts',
        'test/faults/postgres-many.test.ts',
        'test/faults/adls-many.test.ts',
      ],
    },
  ],
};
