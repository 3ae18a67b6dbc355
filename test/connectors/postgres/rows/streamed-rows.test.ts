import assert from 'node:assert/strict';
import { describePostgres } from '../../../support/postgres.ts';
import { runNode } from '../../../support/run.ts';

const PROGRAM = new URL('row-without-package.ts', import.meta.url).pathname;

describePostgres('rows over a foreign wire', (context) => {
  it('name the package that they need and how to install it, and leave the client good for the next', async () => {
    const { stdout } = await runNode([PROGRAM, context().dsn], { cwd: process.cwd() });
    assert.deepEqual(JSON.parse(stdout), {
      name: 'ConfigError',
      code: 'PACKAGE_MISSING',
      message: 'this needs pg-query-stream; install with: npm install pg-query-stream',
      stage: 'configure',
      cleanup: 'confirmed',
      rowCount: 1,
    });
  });
});
