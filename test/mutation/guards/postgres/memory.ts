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
  ...guardsIn('src/core/source.ts', MEMORY, [
    {
      name: 'source-wide-objects',
      promise: 'of objects no more wait than one batch has, whose bytes are bounded',
      faults: ['R4'],
      find: 'highWaterMark: objectMode ? 1 : highWaterMark,',
      replace: 'highWaterMark,',
      grep: '18.*rows of a query that are wider',
    },
  ]),
  ...guardsIn('src/connectors/postgres/decode-copy.ts', MEMORY, [
    {
      name: 'pg-decode-wide-rows',
      promise: 'of rows that are decoded no more wait than one chunk of the input has',
      faults: ['R4'],
      find: 'readableHighWaterMark: 1,',
      replace: 'readableHighWaterMark: ROWS_AT_ONCE,',
      grep: 'rows that are decoded from text, narrow',
    },
  ]),
  ...guardsIn('src/connectors/postgres/encode-copy.ts', MEMORY, [
    {
      name: 'pg-encode-few-wait',
      promise: 'few rows wait to be encoded, whatever their width',
      faults: [],
      find: 'const ROWS_WAITING = 16;',
      replace: 'const ROWS_WAITING = 64;',
      grep: 'rows that are encoded as text, narrow',
    },
  ]),
  ...guardsIn('src/connectors/postgres/copy-rows.ts', MEMORY, [
    {
      name: 'pg-write-few-wait',
      promise: 'few rows wait to be loaded, whatever their width',
      faults: [],
      find: 'const ROWS_WAITING = 16;',
      replace: 'const ROWS_WAITING = 64;',
      grep: '18.*stops taking wide rows, loaded as text',
    },
  ]),
];
