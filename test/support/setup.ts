/** Loaded before every test file: refuses a runtime that would test something else than what users get; watches for leaks. */
import type { Context } from 'mocha';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { closeSharedServers } from './postgres.ts';
import { assertNoLeaks, beginWatching, noteLeaks } from './watches/index.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 22) {
  throw new Error(
    `the tests need Node >= 22 and run on ${process.version}; run them with npm test, after npm ci with install scripts`,
  );
}

// A process of a run of many has a second to end before it is told to by a signal; to write down what it covered takes longer.
if (process.env['MOCHA_WORKER_ID'] !== undefined) process.on('SIGTERM', () => undefined);

export const mochaHooks = {
  beforeEach: beginWatching,
  // Behind the hooks of every suite, which give back what they made.
  afterEach(this: Context): Promise<void> {
    return noteLeaks(this.currentTest?.fullTitle() ?? 'a test');
  },
  /** In a run of many processes it is called after every file, and the servers wait for the next; they end with the process. */
  async afterAll(): Promise<void> {
    await (process.env['MOCHA_WORKER_ID'] === undefined ? closeSharedServers() : closePools());
    assertNoLeaks();
  },
};
