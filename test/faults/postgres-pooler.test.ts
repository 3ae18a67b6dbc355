import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { PostgresClient } from '../../src/connectors/postgres/client.ts';
import { postgresProfile } from '../../src/connectors/postgres/config.ts';
import { pgCopyFrom, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { chunked, collect, csvRows, stalling } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePooled } from '../support/pgbouncer.ts';
import { randomNumbers, seed } from '../support/seed.ts';
import { watchStages } from '../support/stage-events.ts';

/** Fewer backends than there are streams. */
const BACKENDS = 2;
const STREAMS = 8;
const RACES = 300;
const ENDLESS = 'SELECT generate_series(1, 1000000000), repeat($$x$$, 200)';

const aborting = (ms: number): { readonly signal: AbortSignal } => ({ signal: AbortSignal.timeout(ms) });

describePooled('Postgres', BACKENDS, (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)'));
  afterEach(closePools);
  const config = () => ({ dsn: context().pooled });
  const count = async () => Number((await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n']);
  const backends = () =>
    context().sql(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid',
    );

  it(`is loaded and read by ${STREAMS} streams at once, on ${BACKENDS} backends`, async () => {
    const each = Array.from({ length: STREAMS }, async (_, n) => {
      await pipeline(chunked(csvRows(1_000, n * 1_000), 512), pgCopyFrom({ table: 't', config: config() }));
      const query = `SELECT a FROM t WHERE a / 1000 = ${n} ORDER BY a`;
      const bytes = await collect(pgCopyTo({ query, config: config() }));
      const rows = await pgQueryRows('SELECT a FROM t WHERE a / 1000 = $1::int ORDER BY a', [n], {
        batchSize: 100,
        config: config(),
      }).toArray();
      return [String(bytes), rows.map(({ a }: { a: number }) => `${a}\n`).join('')];
    });
    for (const [n, read] of (await Promise.all(each)).entries()) {
      const wanted = Array.from({ length: 1_000 }, (_, at) => `${n * 1_000 + at}\n`).join('');
      assert.deepEqual(read, [wanted, wanted]);
    }
    assert.equal(await count(), STREAMS * 1_000);
    assert.ok((await backends()).length <= BACKENDS);
  });

  it('opens and pings as a client', async () => {
    await using client = new PostgresClient('default', () => postgresProfile('default', config()));
    await client.open();
    assert.ok((await client.ping()) >= 0);
  });

  it(`is asked by ${STREAMS} callers at once, in every way, and cancels for none what is another one's`, async () => {
    await using db = new PostgresClient('default', () => postgresProfile('default', config()));
    await context().sql('TRUNCATE t');
    const caller = async (n: number): Promise<void> => {
      assert.equal(await db.queryValue('SELECT $1::int', [n]), n);
      assert.equal(await db.execute('INSERT INTO t VALUES ($1)', [n]), 1);
      assert.equal(await db.executeMany('INSERT INTO t VALUES ($1)', [[n], [n]]), 2);
      await db.transaction(async (tx) => {
        await tx.execute('INSERT INTO t VALUES ($1)', [n]);
        assert.equal(await tx.queryValue('SELECT count(*)::int FROM t WHERE a = $1', [n]), 4);
      });
      const stopped = rejection(db.query('SELECT pg_sleep(20)', [], n % 2 === 0 ? { timeout: 100 } : aborting(100)));
      // One that still waits for a backend loses its connection to the pooler, and so its last word.
      assert.ok(['DEADLINE_EXCEEDED', 'ABORTED'].includes(String((await stopped)['code'])));
      await using tx = await db.begin();
      await tx.execute('INSERT INTO t VALUES ($1)', [n]);
      assert.equal(await tx.queryValue('SELECT $1::int FROM pg_sleep(0.05)', [n]), n);
    };
    const callers = await Promise.allSettled(Array.from({ length: STREAMS }, (_, n) => caller(n)));
    assert.deepEqual(
      callers.filter(({ status }) => status === 'rejected'),
      [],
    );
    assert.equal(await count(), STREAMS * 4);
    // One whose statement was cut off may be on its way out.
    await eventually(async () => assert.ok((await backends()).length <= BACKENDS));
    const show = "SELECT current_setting('statement_timeout') || current_setting('lock_timeout') AS settings";
    const plain = new pg.Client({ connectionString: context().pooled });
    await plain.connect();
    assert.deepEqual((await plain.query(show)).rows, await context().sql(show));
    await plain.end();
  });

  it('needs no startup parameter but application_name, nor that one; of others it is told what is refused', async () => {
    const name = async (settings: object) =>
      String(
        await collect(
          pgCopyTo({ query: "SELECT current_setting('application_name')", config: { ...config(), ...settings } }),
        ),
      ).trim();
    assert.equal(await name({ applicationName: 'mine' }), 'mine');
    assert.notEqual(await name({ applicationName: 'unsaid', startupParameters: false }), 'unsaid');
    for (const [parameter, settings] of [
      ['statement_timeout', { statement_timeout: 1_000 }],
      ['options', { options: '-c search_path=canary' }],
    ] as const) {
      const pool = new pg.Pool({ connectionString: context().pooled, max: 1, ...settings });
      const error = await rejection(collect(pgCopyTo({ table: 't', client: pool })));
      assert.deepEqual([error['code'], error['retryable']], ['CONFIG_INVALID', false], error.message);
      assert.ok(error.message.includes(parameter), error.message);
      await pool.end();
    }
  });

  it('leaves no setting of a stream on a backend, where the next client would find it', async () => {
    const names = [
      'lock_timeout',
      'statement_timeout',
      'search_path',
      'idle_in_transaction_session_timeout',
      'tcp_user_timeout',
    ];
    const settings = names.map((setting) => `current_setting('${setting}')`).join(' || chr(10) || ');
    const show = `SELECT ${settings} AS settings`;
    const options = { lockTimeout: '7s', config: config() };
    await pipeline(chunked(csvRows(10)), pgCopyFrom({ table: 't', truncate: true, ...options }));
    await pgQueryRows(ENDLESS, [], options).take(1).toArray();
    const failed = pgCopyFrom({ table: 't', ...options });
    assert.equal((await rejection(pipeline(chunked(Buffer.from('x,y\n')), failed)))['code'], 'BAD_ROW');
    // In transactions that are open at the same time, so that each has a backend of its own.
    const clients = Array.from({ length: BACKENDS }, () => new pg.Client({ connectionString: context().pooled }));
    await Promise.all(clients.map((client) => client.connect().then(() => client.query('BEGIN'))));
    const seen = await Promise.all(
      clients.map(async (client) => {
        const { rows } = await client.query<{ settings: string; pid: number }>(`${show}, pg_backend_pid() AS pid`);
        await client.end();
        return rows[0];
      }),
    );
    const own = (await context().sql(show))[0]?.['settings'];
    assert.deepEqual(
      seen.map((row) => row?.settings),
      [own, own],
    );
    assert.equal(new Set(seen.map((row) => row?.pid)).size, BACKENDS);
  });

  it('cancels what a stream leaves early, and keeps its backends', async () => {
    const before = await backends();
    for (const source of [
      pgCopyTo({ query: ENDLESS, config: config() }),
      pgQueryRows(ENDLESS, [], { config: config() }),
    ]) {
      for await (const chunk of source) {
        assert.notEqual(chunk, undefined);
        break;
      }
      const { outcome, cleanup } = await source.settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    }
    const busy = await context().sql(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'",
    );
    assert.deepEqual(busy, []);
    assert.ok((await backends()).length >= before.length);
  });

  it('cancels a load that waits for a lock', async () => {
    const holder = new pg.Client({ connectionString: context().dsn });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE t');
    const sink = pgCopyFrom({ table: 't', config: config() });
    const failed = rejection(pipeline(stalling(csvRows(10)), sink));
    await eventually(async () => {
      const [row] = await context().sql('SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted');
      assert.equal(row?.['n'], 1);
    });
    sink.destroy();
    await failed;
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    assert.deepEqual(await context().sql('SELECT 1 FROM pg_locks WHERE NOT granted'), []);
    await holder.end();
  });

  it(`never has a cancel request meet somebody else's query, in ${RACES} early ends at random moments (TEST_SEED=${seed})`, async function () {
    this.timeout(120_000);
    const next = randomNumbers('pooler');
    const others = new pg.Pool({ connectionString: context().pooled, max: 2 });
    const streams = new pg.Pool({ connectionString: context().pooled, max: 2 });
    let early = 0;
    const race = async (): Promise<void> => {
      const rows = 1 + Math.floor(next() * 2_000);
      const query = `SELECT n, repeat('x', 100) FROM generate_series(1, ${rows}) AS n`;
      const source = pgCopyTo({ query, client: streams });
      source.on('error', () => undefined).resume();
      if (next() < 0.7) await once(source, 'data').catch(() => undefined);
      else await delay(next() * 3);
      source.destroy();
      const other = await others.query<{ n: number }>('SELECT $1::int AS n FROM pg_sleep(0.001)', [rows]);
      assert.deepEqual(other.rows, [{ n: rows }]);
      const { outcome, cleanup } = await source.settled;
      assert.equal(cleanup, 'confirmed');
      if (outcome === 'not-done') early += 1;
    };
    try {
      for (let n = 0; n < RACES / 3; n += 1) await Promise.all([race(), race(), race()]);
      assert.ok(early > RACES / 10, `${early} of ${RACES} ended early`);
    } finally {
      await Promise.all([others.end(), streams.end()]);
    }
  });

  for (const stage of ['connect', 'open', 'transfer', 'commit'] as const) {
    it(`is left in order by a load that is aborted at the stage ${stage}`, async () => {
      using stages = watchStages(`pooler ${stage}`);
      const abort = new AbortController();
      stages.at(stage, () => abort.abort());
      const sink = pgCopyFrom({ table: 't', profile: `pooler ${stage}`, config: config() });
      await rejection(pipeline(chunked(csvRows(100)), sink, { signal: abort.signal }));
      const { outcome, cleanup } = await sink.settled;
      assert.deepEqual([outcome, cleanup, await count()], ['not-done', 'confirmed', 0]);
      await pipeline(chunked(csvRows(100)), pgCopyFrom({ table: 't', truncate: true, config: config() }));
      assert.equal(await count(), 100);
    });
  }

  it('and whose backend ends mid-COPY: the load is lost, nothing of it stays, and the next one works', async () => {
    const sink = pgCopyFrom({ table: 't', config: config() });
    const failed = rejection(pipeline(stalling(csvRows(1_000)), sink));
    await eventually(async () => {
      const ended = await context().sql(
        "SELECT pg_terminate_backend(pid, 5000) AS ended FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND pid <> pg_backend_pid() AND state = 'active'",
      );
      assert.deepEqual(ended, [{ ended: true }]);
    });
    const error = await failed;
    assert.deepEqual([error['code'], error['outcome']], ['CONNECTION_LOST', 'not-done']);
    await pipeline(chunked(csvRows(10)), pgCopyFrom({ table: 't', config: config() }));
    assert.equal(await count(), 10);
  });

  it('and out of reach mid-COPY: the abandoned backend is ended by its true pid, over another connection', async () => {
    await throughProxy(context().pooled, async ({ proxy, dsn }) => {
      const sink = pgCopyFrom({ table: 't', config: { dsn } });
      const failed = rejection(pipeline(stalling(csvRows(1_000)), sink));
      const copying = () =>
        context().sql(
          "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%' AND wait_event = 'ClientRead' AND pid <> pg_backend_pid()",
        );
      await eventually(async () => assert.equal((await copying()).length, 1));
      proxy.stallAll({ newConnections: false });
      sink.destroy();
      await failed;
      const { outcome, cleanup, leftover } = await sink.settled;
      assert.deepEqual([outcome, cleanup, leftover], ['not-done', 'confirmed', undefined]);
      assert.deepEqual(await copying(), []);
      assert.equal(await count(), 0);
    });
  });

  it('and silent at the commit: whether it holds is asked over another connection', async () => {
    for (const [direction, pattern, outcome] of [
      ['down', 'COMMIT\0', 'done'],
      ['up', '\x0bCOMMIT', 'not-done'],
    ] as const) {
      await context().sql('TRUNCATE t');
      await throughProxy(context().pooled, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { [direction]: [{ when: { pattern, before: true }, do: 'reset' }] } : undefined,
        );
        const sink = pgCopyFrom({ table: 't', config: { dsn } });
        await pipeline(chunked(csvRows(100)), sink).catch(() => undefined);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
        assert.equal((await sink.settled).outcome, outcome);
        assert.ok(proxy.connections >= 2, 'nobody was asked');
        assert.equal(await count(), outcome === 'done' ? 100 : 0);
      });
      await closePools();
    }
  });
});
