import type { FaultArea } from '../fault.ts';

export const postgres: FaultArea = {
  title: 'Postgres',
  faults: [
    {
      id: 'P1',
      fault: 'The server or the connection dies during a COPY.',
      outcome: '`CONNECTION_LOST`, no rows, no uncaught error, and the pool recovers.',
      tests: [
        'test/faults/postgres-connection.test.ts',
        'test/faults/postgres-every-stream.test.ts',
        'test/faults/postgres-restart.test.ts',
      ],
    },
    {
      id: 'P2',
      fault: 'The network stalls during a COPY, and the stream is aborted.',
      outcome: 'It settles within `cleanupTimeout`; the backend is ended, or named where it could not be reached.',
      tests: ['test/faults/postgres-connection.test.ts', 'test/faults/postgres-every-stream.test.ts'],
    },
    {
      id: 'P3',
      fault: 'A reader leaves a COPY early.',
      outcome: 'The query is cancelled, and the next user of the pool gets a working connection.',
      tests: ['test/faults/postgres-early-end.test.ts'],
    },
    {
      id: 'P4',
      fault: 'A row is malformed.',
      outcome: '`BAD_ROW` with line and column and without the row; nothing is loaded, and the connection stays.',
      tests: ['test/faults/postgres-rows.test.ts'],
    },
    {
      id: 'P5',
      fault: 'A row violates a constraint, maybe only at the commit.',
      outcome: 'The constraint is named, no key is; nothing is loaded, and `finish` was not emitted.',
      tests: ['test/faults/postgres-constraints.test.ts', 'test/faults/postgres-last-word.test.ts'],
    },
    {
      id: 'P6',
      fault: 'The disk of the server is full.',
      outcome: '`DISK_FULL`, nothing is loaded, and the connection stays.',
      tests: ['test/faults/postgres-constraints.test.ts'],
    },
    {
      id: 'P7',
      fault: 'The answer to COMMIT is lost.',
      outcome:
        'The server is asked: done, not done, or `outcome: unknown`; neither a load nor a query that writes is ever repeated blindly.',
      tests: ['test/faults/postgres-commit.test.ts'],
    },
    {
      id: 'P9',
      fault: 'No connection is free.',
      outcome:
        '`POOL_TIMEOUT` after the bound, or at once `CLIENT_CLOSED` when the client is closed; a connection that comes too late goes back to the pool.',
      tests: [
        'test/faults/postgres-calls.test.ts',
        'test/faults/postgres-every-stream.test.ts',
        'test/faults/postgres-waiting.test.ts',
      ],
    },
    {
      id: 'P10',
      fault: 'Another transaction holds the lock.',
      outcome: '`LOCK_TIMEOUT` after `lockTimeout`, and the connection stays.',
      tests: ['test/faults/postgres-every-stream.test.ts', 'test/faults/postgres-waiting.test.ts'],
    },
    {
      id: 'P11',
      fault: 'The server fails over, restarts, is read-only or has no connection left.',
      outcome:
        'Connecting is tried again with pauses before the first byte, on the next of several hosts, and never after it.',
      tests: [
        'test/faults/postgres-failover.test.ts',
        'test/faults/postgres-hosts.test.ts',
        'test/faults/postgres-starting.test.ts',
      ],
    },
    {
      id: 'P12',
      fault: 'The load meets a deadlock or a serialization failure.',
      outcome: 'It is reported as retryable, and not repeated behind your back.',
      tests: ['test/faults/postgres-conflicts.test.ts'],
    },
    {
      id: 'P13',
      fault: 'A cancel request is slower than the query it was meant for.',
      outcome: 'It never meets the next query on that connection.',
      tests: ['test/faults/postgres-cancel.test.ts', 'test/faults/postgres-lease.test.ts'],
    },
    {
      id: 'P14',
      fault: 'A source and a sink share one connection, or wait for the same one.',
      outcome: '`CLIENT_BUSY`, or a `POOL_TIMEOUT` that says why, and no wait without an end.',
      tests: ['test/faults/postgres-every-stream.test.ts', 'test/faults/postgres-shared-client.test.ts'],
    },
    {
      id: 'P15',
      fault: 'A pooler in transaction mode stands between, with fewer backends than there are streams.',
      outcome:
        'Everything above holds: the backend is known by its own pid, requests to cancel meet their own query alone, and no setting of a stream stays on a backend.',
      tests: ['test/faults/postgres-pooler.test.ts'],
    },
  ],
};
