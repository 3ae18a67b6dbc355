import assert from 'node:assert/strict';
import path from 'node:path';
import { describePostgres } from '../support/postgres.ts';
import { runNode } from '../support/run.ts';
import { seed } from '../support/seed.ts';
import { MOMENTS, WEAPONS } from './mix/doom.ts';
import { LOADED_ROWS, TABLES } from './mix/plays.ts';
import type { ManyReport, ManySettings } from './processes/many-streams.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/many-streams.ts');
/** A third of them before the heap is measured first: until then Node still compiles what runs often. */
const COUNT = 1_500;

describePostgres(`a thousand short streams and calls on a pool of four (TEST_SEED=${seed})`, (context) => {
  it('of which half are struck at random are all settled, give everything back, and load what they say', async () => {
    const { sql, dsn } = context();
    await sql(TABLES);
    const settings: ManySettings = { seed, count: COUNT, dsn };
    const { stdout } = await runNode(['--expose-gc', PROGRAM, JSON.stringify(settings)], { cwd: process.cwd() });
    const { done, notDone, struck, loaded, broken, connections, listeners, warnings, handles, heap } = JSON.parse(
      stdout,
    ) as ManyReport;
    assert.deepEqual(broken, []);
    process.stdout.write(`      ${JSON.stringify({ done, notDone, struck: struck.length, heap })}\n`);
    const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b);
    assert.equal(total(done) + total(notDone), COUNT);
    for (const counts of [done, notDone]) assert.ok(Object.values(counts).every((times) => times > 0));
    assert.ok(total(notDone) > COUNT / 5, `${total(notDone)} were not done`);
    assert.deepEqual([...new Set(struck.map(([moment]) => moment))].sort(), [...MOMENTS].sort());
    assert.deepEqual([...new Set(struck.map(([, weapon]) => weapon))].sort(), [...WEAPONS].sort());
    assert.ok(connections.total <= 4 && connections.total === connections.idle, JSON.stringify(connections));
    assert.deepEqual([connections.waiting, listeners, warnings, handles], [0, 0, [], []]);
    const [before, after] = heap;
    assert.ok(after < before * 1.05, `the heap grew from ${before} to ${after} bytes`);
    const rows = await sql('SELECT a, count(*)::int AS n FROM t GROUP BY a ORDER BY a');
    const told = loaded.toSorted((a, b) => a - b).map((a) => ({ a, n: LOADED_ROWS }));
    assert.deepEqual(rows, told);
    const locks = await sql(
      'SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    assert.deepEqual(locks, []);
  }).timeout(120_000);
});
