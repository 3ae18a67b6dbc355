import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { postgres } from '../../src/connectors/registry.ts';
import { chunked, collect } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { randomNumbers } from '../support/seed.ts';
import { Doom } from './mix/doom.ts';
import { LOADED_ROWS, LOADS, TABLES, kinds, play } from './mix/plays.ts';
import type { Kind, Played } from './mix/plays.ts';
import { STARTING_MS, describePostgres, serverKinds } from '../support/postgres.ts';

interface Ended extends Played {
  readonly n: number;
  readonly kind: Kind;
}

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

    it('recovers for streams and calls of every kind, each of which says what became of it', async function () {
      this.timeout(120_000);
      await server.admin(`DROP TABLE t; ${TABLES}`);
      await using client = postgres.client('restarted', { dsn: server.dsn, pool: { maxSize: 4 } });
      const pool = await client.rawPool();
      const stop = new AbortController();
      const { signal: shared } = new AbortController();
      const ended: Ended[] = [];
      let next = 0;
      const worker = async (): Promise<void> => {
        while (!stop.signal.aborted) {
          const n = (next += 1);
          const kind = kinds[n % kinds.length] ?? 'copyFrom';
          const scene = { client, through: n % 2 === 0 ? pool : client, shared };
          const doom = new Doom(randomNumbers(`stream ${n}`), false);
          ended.push({ n, kind, ...(await play(kind, { ...scene, n, doom })) });
        }
      };
      const workers = Array.from({ length: WORKERS }, worker);
      const doneOf = (kind: Kind): number => ended.filter((one) => one.kind === kind && one.outcome === 'done').length;
      const moreOfEach = async (): Promise<void> => {
        const before = new Map(kinds.map((kind) => [kind, doneOf(kind)]));
        await eventually(() => kinds.forEach((kind) => assert.ok(doneOf(kind) > (before.get(kind) ?? 0) + 2)), 20_000);
      };
      await moreOfEach();
      const hit = (): Set<Kind> => new Set(ended.filter(({ error }) => error !== undefined).map(({ kind }) => kind));
      for (let round = 0; round < 2 || (round < 12 && hit().size <= kinds.length / 2); round += 1) {
        await server.restart(round % 2 === 0 ? 'fast' : 'immediate');
        await moreOfEach();
      }
      stop.abort();
      await Promise.all(workers);

      const failed = ended.filter(({ error }) => error !== undefined);
      assert.ok(hit().size > kinds.length / 2, `hit were ${[...hit()].join(', ')}`);
      for (const { kind, outcome, error } of failed) {
        assert.ok(error !== undefined && EXPECTED.has(error.code), error?.stack);
        const { connector, operation, profile, stage } = error;
        assert.equal(connector, 'postgres');
        assert.ok(operation !== undefined && profile !== undefined && stage !== undefined, `${kind} says not where`);
        // A statement of its own commits itself: to lose its answer is to lose that of a commit.
        const isCommitting = kind === 'execute' || kind === 'query' || error.code === 'COMMIT_UNKNOWN';
        assert.ok(outcome === 'not-done' || isCommitting, `${kind} is ${outcome}`);
      }
      const loads = ended.filter(({ kind }) => kind in LOADS);
      const held = await server.admin('SELECT a, count(*)::int AS n FROM t GROUP BY a');
      const there = new Set(held.map(({ a }) => Number(a)));
      assert.ok(held.every(({ n }) => n === LOADED_ROWS));
      for (const { n, kind, outcome } of loads) {
        if (outcome !== 'unknown') assert.equal(there.has(n), outcome === 'done', `${kind} is ${outcome}`);
        there.delete(n);
      }
      assert.deepEqual([...there], []);
      assert.deepEqual([pool.totalCount <= 4, pool.idleCount, pool.waitingCount], [true, pool.totalCount, 0]);
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

  it('says of a savepoint whose backend was ended which operation it was of, and where that stood', async () => {
    await using client = postgres.client('ended', { dsn: context().dsn });
    const error = await rejection(
      client.transaction(async (tx) => {
        const pid = await tx.queryValue('SELECT pg_backend_pid()');
        assert.deepEqual(await context().sql('SELECT pg_terminate_backend($1, 5000) AS ended', [pid]), [
          { ended: true },
        ]);
        await tx.transaction(() => assert.fail('the savepoint was there'));
      }),
    );
    const { code, connector, operation, profile, stage, outcome } = error;
    assert.deepEqual([code, outcome], ['CONNECTION_LOST', 'not-done']);
    assert.deepEqual([connector, operation, profile, stage], ['postgres', 'transaction', 'ended', 'transfer']);
  });
});
