import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, collect } from '../support/bytes.ts';
import { eventually } from '../support/leaks.ts';
import { STARTING_MS, describePostgres, serverKinds } from '../support/postgres.ts';

const WORKERS = 6;
const ROWS = 500;
/** What a restart may look like from outside. */
const EXPECTED = new Set(['CONNECTION_LOST', 'CONNECTION_FAILED', 'SERVER_UNAVAILABLE', 'COMMIT_UNKNOWN']);

interface Loads {
  readonly done: Set<number>;
  readonly unknown: Set<number>;
  readonly failures: Map<string, number>;
}

/** Loads one batch after another until `stopped`, and keeps what became of each. */
async function keepLoading(dsn: string, first: number, loads: Loads, stopped: AbortSignal): Promise<void> {
  for (let batch = first; !stopped.aborted; batch += WORKERS) {
    const sink = pgCopyFrom({ table: 't', config: { dsn, pool: { maxSize: 4 } } });
    await pipeline(chunked(Buffer.from(`${batch},x\n`.repeat(ROWS)), 512), sink).catch(() => undefined);
    const { outcome, error } = await sink.settled;
    if (outcome === 'done') loads.done.add(batch);
    if (outcome === 'unknown') loads.unknown.add(batch);
    if (error !== undefined) loads.failures.set(error.code, (loads.failures.get(error.code) ?? 0) + 1);
  }
}

for (const { name, binDir } of serverKinds()) {
  describe(`a busy pool whose server is restarted, ${name}`, () => {
    let server: TestPostgres;
    beforeEach(async function () {
      this.timeout(STARTING_MS);
      server = await startPostgres(binDir === undefined ? {} : { binDir });
      await server.admin('CREATE TABLE t (a int, b text)');
    });
    afterEach(async () => {
      await closePools();
      await server.close();
    });

    it('recovers by itself, and every load is as its outcome says: all rows or none', async () => {
      const loads: Loads = { done: new Set(), unknown: new Set(), failures: new Map() };
      const stop = new AbortController();
      const workers = Array.from({ length: WORKERS }, (_, n) => keepLoading(server.dsn, n, loads, stop.signal));
      const moreLoads = async (): Promise<void> => {
        const { size } = loads.done;
        await eventually(() => assert.ok(loads.done.size >= size + 3 * WORKERS), 20_000);
      };
      await moreLoads();
      for (const mode of ['fast', 'immediate'] as const) {
        await server.restart(mode);
        await moreLoads();
      }
      stop.abort();
      await Promise.all(workers);

      const failures = [...loads.failures.keys()];
      assert.notEqual(failures.length, 0, 'no load was hit by a restart');
      assert.deepEqual(
        failures.filter((code) => !EXPECTED.has(code)),
        [],
      );
      const held = await server.admin('SELECT a, count(*)::int AS n FROM t GROUP BY a');
      assert.deepEqual(
        held.filter(({ n }) => n !== ROWS),
        [],
      );
      const batches = new Set(held.map(({ a }) => Number(a)));
      assert.deepEqual(
        [...loads.done].filter((batch) => !batches.has(batch)),
        [],
        'said to be done, and not there',
      );
      const extra = [...batches].filter((batch) => !loads.done.has(batch) && !loads.unknown.has(batch));
      assert.deepEqual(extra, [], 'said not to be done, and there');
    });
  });
}

describePostgres('a pool of ours', (context) => {
  const read = async () => String(await collect(pgCopyTo({ query: 'SELECT 1', config: { dsn: context().dsn } })));

  it('survives that the server ends its idle connections, and makes new ones', async () => {
    assert.equal(await read(), '1\n');
    const ended = await context().sql(
      "SELECT pid, pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'",
    );
    assert.ok(ended.length > 0 && ended.every((row) => row['ended'] === true));
    assert.equal(await read(), '1\n');
  });
});
