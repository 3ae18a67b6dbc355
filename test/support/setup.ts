/** Loaded before every test file: refuses a runtime that would test something else than what users get. */
import { closeSharedServers } from './postgres.ts';

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 22) {
  throw new Error(
    `the tests need Node >= 22 and run on ${process.version}; run them with npm test, after npm ci with install scripts`,
  );
}

export const mochaHooks = {
  afterAll: closeSharedServers,
};
