/** Run as a process of its own: starts a server, says where it is, and ends in the way it was told. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres } from '../../../src/testing/postgres/index.ts';

const ENDINGS: Readonly<Record<string, () => unknown>> = {
  'natural end': () => undefined,
  'process.exit()': () => process.exit(0),
  'uncaught exception': () =>
    setImmediate(() => {
      throw new Error('meant to be');
    }),
  // The parent sends the signal.
  signal: () => sleep(60_000),
};

const server = await startPostgres();
await server.admin('SELECT 1');
const { processId, port, socketDir } = server;
process.stdout.write(`${JSON.stringify({ processId, port, socketDir })}\n`);
await ENDINGS[process.argv[2] ?? '']?.();
