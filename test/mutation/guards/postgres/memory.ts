/** What keeps the memory of COPY within its bound, measured in processes of their own. */
import { guardsIn } from '../../guard.ts';

const MEMORY = ['test/faults/memory.test.ts'];

export const memoryGuards = [
  ...guardsIn('src/connectors/postgres/copy/copy-in.ts', MEMORY, [
    {
      name: 'postgres-load-waits-for-the-kernel',
      promise: 'a source that never waits is held back while the server takes its time',
      faults: [],
      find: 'else wire?.write(frame, (error) => (error === undefined || error === null ? resolve() : reject(error)));',
      replace: 'else { wire?.write(frame, () => undefined); resolve(undefined); }',
      grep: 'never waits loads a table',
    },
  ]),
  ...guardsIn('src/connectors/postgres/copy/copy-out.ts', MEMORY, [
    {
      name: 'postgres-unload-waits-for-its-reader',
      promise: 'rows are read ahead no further than their bound while the consumer is slow',
      faults: ['R4'],
      find: 'const READ_AHEAD_BYTES = 256 * 1024;',
      replace: 'const READ_AHEAD_BYTES = 2 ** 40;',
      grep: 'slow consumer reads a table',
    },
  ]),
];
