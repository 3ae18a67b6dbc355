import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { Source } from '../../src/core/source.ts';
import { ForeignWire } from '../connectors/postgres/rows/foreign-wire.ts';
import type { Action } from '../../src/testing/chaos-proxy/plan.ts';
import { csvRows } from '../support/bytes.ts';
import { throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { random } from '../formats/samples.ts';

const RACES = 1_000;
const FAR_RACES = 200;
const LANES = 4;
const AT_ONCE = { afterBytes: 0 };
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Sends two rows at once, and ends 200 ms later. */
const TWO_ROWS_THEN_ONE =
  'SELECT repeat($$x$$, 30000), CASE WHEN n = 3 THEN pg_sleep(0.2) END FROM generate_series(1, 3) AS n';

/** Seven rows at once, three of them too large to wait for the rest of their batch of eight, which takes 100 ms; then none for hours. */
const SLOW_THEN_NEVER =
  "SELECT CASE WHEN n = 8 THEN 'eighth' END AS n, repeat('x', CASE WHEN n IN (5, 6, 7) THEN 9000 ELSE 0 END), pg_sleep(CASE WHEN n > 8 THEN 9999 WHEN n = 8 THEN 0.1 ELSE 0 END) FROM generate_series(1, 12) AS n";

interface Reader {
  readonly name: string;
  readonly wire?: pg.PoolConfig;
  make(query: string, client: pg.Pool, batchSize: number): Source<unknown>;
}

const READERS: readonly Reader[] = [
  { name: 'pgCopyTo', make: (query, client) => pgCopyTo({ query, client }) },
  { name: 'pgQueryRows', make: (query, client, batchSize) => pgQueryRows(query, [], { client, batchSize }) },
  {
    name: 'pgQueryRows over a wire that is not read here',
    wire: { stream: foreignWire },
    make: (query, client, batchSize) => pgQueryRows(query, [], { client, batchSize }),
  },
];

describePostgres(`a cancel request (TEST_SEED=${seed})`, (context) => {
  it('that is slower than the COPY never meets the next query of the pool', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const pool = new pg.Pool({ connectionString: dsn, max: 1 });
      try {
        proxy.plan(({ number }) =>
          number === 2 ? { up: [{ when: { afterBytes: 0 }, do: { delayMs: 500 } }] } : undefined,
        );
        const source = pgCopyTo({ query: TWO_ROWS_THEN_ONE, client: pool });
        source.on('error', () => undefined);
        await once(source, 'readable');
        source.destroy();
        const next = await pool.query<{ n: number }>('SELECT 7 AS n FROM pg_sleep(0.8)');
        assert.deepEqual(next.rows, [{ n: 7 }]);
        assert.ok(proxy.log.some(({ event, connection }) => event === 'rule' && connection === 2));
        const { outcome, cleanup } = await source.settled;
        assert.deepEqual([outcome, cleanup, proxy.connections], ['not-done', 'confirmed', 2]);
      } finally {
        await pool.end();
      }
    });
  });

  it('that comes between two batches of rows lets no other one begin', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const pool = new pg.Pool({ connectionString: dsn, max: 1 });
      try {
        // The server is asked to cancel when it has nothing to do, and is heard of both only later.
        proxy.plan(({ number }) =>
          number === 1
            ? { down: [{ when: { pattern: 'eighth', before: true }, do: { delayMs: 400 } }] }
            : {
                up: [{ when: { afterBytes: 0 }, do: { delayMs: 250 } }],
                down: [{ when: { afterBytes: 0 }, do: { slowCloseMs: 400 } }],
              },
        );
        const backend = async (): Promise<unknown> => (await pool.query('SELECT pg_backend_pid() AS pid')).rows[0];
        const before = await backend();
        const source = pgQueryRows(SLOW_THEN_NEVER, [], { client: pool, batchSize: 8 });
        let rows = 0;
        for await (const row of source) {
          rows += row === undefined ? 0 : 1;
          if (rows === 7) break;
        }
        assert.deepEqual(await backend(), before, 'the client was not kept');
        const fired = proxy.log.filter(({ event }) => event === 'rule').map(({ connection }) => connection);
        assert.deepEqual(fired.sort(), [1, 2, 2]);
        const { outcome, cleanup } = await source.settled;
        assert.deepEqual([outcome, cleanup, proxy.connections], ['not-done', 'confirmed', 2]);
      } finally {
        await pool.end();
      }
    });
  });

  for (const { name, make } of READERS.slice(0, 2)) {
    it(`that meets nothing is followed by another one, for ${name} that is left early`, async () => {
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        const pool = new pg.Pool({ connectionString: dsn, max: 1 });
        try {
          // The first request is lost, as it is to a server that is between two batches.
          proxy.plan(({ number }) => (number === 2 ? { up: [{ when: AT_ONCE, do: 'close' }] } : {}));
          const [before] = await backends(pool);
          const source = make(
            "SELECT repeat('x', 30000), pg_sleep(CASE WHEN n < 3 THEN 0 ELSE 9999 END) FROM generate_series(1, 9) AS n",
            ...([pool, 9] as const),
          );
          const read = source[Symbol.asyncIterator]();
          assert.equal((await read.next()).done, false);
          await read.return?.();
          assert.deepEqual(await backends(pool), [before], 'the client was not kept');
          const fired = proxy.log.filter(({ event }) => event === 'rule').map(({ connection }) => connection);
          assert.deepEqual(fired, [2]);
          const { outcome, cleanup } = await source.settled;
          assert.deepEqual([outcome, cleanup, proxy.connections], ['not-done', 'confirmed', 3]);
        } finally {
          await pool.end();
        }
      });
    });
  }

  it('is sent within the first batch of rows over a wire that is not read here, which ends once', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1, stream: foreignWire });
    try {
      const [before] = await backends(pool);
      const client = await pool.connect();
      const source = pgQueryRows('SELECT n, pg_sleep(0.1) FROM generate_series(1, 9999) AS n', [], {
        client: pool,
        batchSize: 2,
      });
      source.on('error', () => undefined);
      const described = onRowDescription(client, 'n');
      client.release();
      source.read();
      await described;
      source.destroy();
      const { outcome, cleanup } = await source.settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
      for (const n of [1, 2, 3]) assert.deepEqual((await pool.query('SELECT $1::int AS n', [n])).rows, [{ n }]);
      assert.deepEqual(await backends(pool), [before], 'the client was not kept');
    } finally {
      await pool.end();
    }
  });

  for (const { name, make, wire = {} } of READERS) {
    /** Reads are left at random moments; the pool's next user gets its own answer, from the same clients. */
    const race = async (dsn: string, races: number): Promise<void> => {
      const next = random(seed);
      const pool = new pg.Pool({ connectionString: dsn, max: 2, ...wire });
      let early = 0;
      const one = async (): Promise<void> => {
        // From far too early to just too late.
        const rows = 1 + Math.floor(next() * 2_000);
        const query = `SELECT CASE WHEN n = 8 THEN 'eighth' END AS n, repeat('x', 100) FROM generate_series(1, ${rows}) AS n`;
        const source = make(query, pool, 1 + Math.floor(next() * rows));
        source.on('error', () => undefined).resume();
        const [moment, ticks] = [next(), Math.floor(next() * 30)];
        if (moment < 0.7) await once(source, 'data').catch(() => undefined);
        if (moment > 0.5) await delay(next() * 3);
        for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
        source.destroy();
        const user = pool.query<{ n: number }>('SELECT $1::int AS n FROM pg_sleep(0.001)', [rows]);
        assert.deepEqual((await user).rows, [{ n: rows }]);
        const { outcome, cleanup } = await source.settled;
        assert.equal(cleanup, 'confirmed');
        if (outcome === 'not-done') early += 1;
      };
      const lane = async (): Promise<void> => {
        for (let n = 0; n < races / LANES; n += 1) await one();
      };
      try {
        const before = await backends(pool);
        await Promise.all(Array.from({ length: LANES }, lane));
        assert.ok(early > races / 10, `${early} of ${races} ended early`);
        assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [2, 2, 0]);
        assert.deepEqual(await backends(pool), before, 'a client was not kept');
      } finally {
        await pool.end();
      }
    };

    it(`never meets the next user of the pool, in ${RACES} early ends of ${name} at random moments`, async function () {
      this.timeout(300_000);
      await race(context().dsn, RACES);
    });

    it(`never meets the next user of the pool, in ${FAR_RACES} early ends of ${name} far from the server`, async function () {
      this.timeout(300_000);
      await throughProxy(context().dsn, async ({ proxy, dsn }) => {
        // The request to cancel is overtaken by the query's own bytes, or overtakes them.
        proxy.plan(({ number }) => {
          const later = (salt: number): Action => ({ latencyMs: 4, jitterMs: 4, seed: seed + 2 * number + salt });
          return { up: [{ when: AT_ONCE, do: later(0) }], down: [{ when: AT_ONCE, do: later(1) }] };
        });
        await race(dsn, FAR_RACES);
        const requests = proxy.connections - 2;
        assert.ok(requests > FAR_RACES / 10, `${requests} were cancelled`);
      });
    });
  }

  it('leaves rows only where settled says so, in loads that are destroyed at random moments', async function () {
    this.timeout(120_000);
    await context().sql('CREATE TABLE t (a int, b text)');
    const next = random(seed);
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    const outcomes = new Map<string, number>();
    try {
      for (let n = 0; n < 200; n += 1) {
        const sink = pgCopyFrom({ table: 't', client: pool });
        sink.on('error', () => undefined);
        sink.end(csvRows(1 + Math.floor(next() * 3_000)));
        await delay(next() * 12);
        sink.destroy();
        const { outcome, cleanup, result } = await sink.settled;
        assert.equal(cleanup, 'confirmed');
        const { rows } = await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM t');
        assert.deepEqual(rows, [{ n: outcome === 'done' ? result?.rows : 0 }]);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        await pool.query('TRUNCATE t');
      }
      assert.deepEqual([...outcomes.keys()].sort(), ['done', 'not-done']);
      await eventually(() => assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1]));
    } finally {
      await pool.end();
    }
  });
});

/** The pids of the pool's clients, all of them. */
async function backends(pool: pg.Pool): Promise<unknown[]> {
  const clients = await Promise.all(Array.from({ length: pool.options.max }, () => pool.connect()));
  const pids = clients.map((client) => Reflect.get(client, 'processID') as unknown);
  for (const client of clients) client.release();
  return pids.sort();
}

function foreignWire(): Duplex {
  return new ForeignWire() as unknown as Duplex;
}

/** Resolves when the server has said that a query on `client` has `column`, before any row of it came. */
async function onRowDescription(client: pg.PoolClient, column: string): Promise<void> {
  const connection = Reflect.get(client, 'connection') as EventEmitter;
  for (;;) {
    const [{ fields }] = (await once(connection, 'rowDescription')) as [pg.QueryResultBase];
    if (fields[0]?.name === column) return;
  }
}
