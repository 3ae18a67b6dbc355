import assert from 'node:assert/strict';
import path from 'node:path';
import { describePostgres } from '../../../support/postgres.ts';
import { runNode } from '../../../support/run.ts';
import { BUILT_IN_TYPES, SAMPLES, WITHOUT_LITERALS } from './samples.ts';

const BUILT_IN_COUNT = 80;
const VALUES = 153_974;

describePostgres('rows of a query', (context) => {
  it('are tried with values of every built-in type', async () => {
    const types = (await context().sql(BUILT_IN_TYPES)).map((row) => row['typname']);
    assert.equal(types.length, BUILT_IN_COUNT);
    assert.deepEqual([...Object.keys(SAMPLES), ...WITHOUT_LITERALS].sort(), types);
  });

  for (const zone of ['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    it(`have the values of node-postgres in every session's zone, read in ${zone}`, async () => {
      const file = path.join(import.meta.dirname, 'compare.ts');
      const { stdout } = await runNode([file, context().dsn], { cwd: import.meta.dirname, env: { TZ: zone } });
      assert.equal(Number(stdout), VALUES);
    });
  }
});
