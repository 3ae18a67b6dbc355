import assert from 'node:assert/strict';
import path from 'node:path';
import { BUCKET, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { LIMITS } from '../connectors/s3/writing.ts';
import { csvRows } from '../support/bytes.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { runNode } from '../support/run.ts';
import { seed } from '../support/seed.ts';
import type { ManyReport, ManySettings } from './processes/many-pipelines.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/many-pipelines.ts');
/** A third of them before the heap is measured first: until then Node still compiles what runs often. */
const COUNT = 1_500;
const ROWS = 500;

describePostgres(`a thousand pipelines on one signal, half of them aborted (TEST_SEED=${seed})`, (context) => {
  const server = useS3Server({ limits: LIMITS });

  it('leave no connection, socket, listener, upload, row or growing heap behind', async () => {
    const { sql, dsn } = context();
    await sql(
      "CREATE TABLE t (a int, b text); CREATE TABLE r AS SELECT n, 'row ' || n FROM generate_series(1, 500) AS n",
    );
    server.s3.putObject(BUCKET, 'in', csvRows(ROWS));
    const settings: ManySettings = { seed, count: COUNT, dsn, config: settingsFor(server.s3), limits: LIMITS };
    const { stdout } = await runNode(['--expose-gc', PROGRAM, JSON.stringify(settings)], { cwd: process.cwd() });
    const report = JSON.parse(stdout) as ManyReport;
    process.stdout.write(`      ${stdout}\n`);
    const { completed, aborted, loaded, connections, listeners, warnings, handles, heap } = report;
    assert.equal(completed + aborted, COUNT);
    assert.ok(Math.abs(aborted - COUNT / 2) < COUNT / 10, `${aborted} were aborted`);
    assert.ok(connections.total <= 4 && connections.total === connections.idle, JSON.stringify(connections));
    assert.deepEqual([connections.waiting, listeners, warnings, handles], [0, 0, [], []]);
    const [before, after] = heap;
    assert.ok(after < before * 1.05, `the heap grew from ${before} to ${after} bytes`);
    assert.deepEqual(await sql('SELECT count(*)::int AS n FROM t'), [{ n: loaded * ROWS }]);
    assert.deepEqual(server.s3.uploads(), []);
    await eventually(() => {
      const open = server.s3.operations.filter(({ endedAt }) => endedAt === undefined);
      assert.equal(open.length, 0, 'requests are still under way');
    });
  }).timeout(120_000);
});
