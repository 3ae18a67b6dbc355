import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connectors, postgres } from '../../src/connectors/registry.ts';
import type { PostgresClient } from '../../src/connectors/postgres/index.ts';
import type { StatementOptions } from '../../src/connectors/postgres/statements/queries.ts';
import { random } from '../formats/samples.ts';
import type { Plan } from '../../src/testing/chaos-proxy/index.ts';
import type { Proxied } from '../support/faults.ts';
import { rejection, throughProxy, timed } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { watchStages } from '../support/stage-events.ts';

const RACES = 1_000;
const LANES = 4;
const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

interface Struck extends Proxied {
  readonly db: PostgresClient;
  readonly hit: () => Promise<void>;
  readonly over: Promise<unknown>;
}

type Strike = (struck: Struck) => Promise<void> | void;

describePostgres(`a statement of a client (TEST_SEED=${seed})`, (context) => {
  const open = (config: object = {}): PostgresClient =>
    postgres.client('default', { dsn: context().dsn, pool: { maxSize: 1 }, ...config });
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int)'));
  afterEach(() => connectors.reset());
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];
  const INSERT = 'INSERT INTO t SELECT 1 FROM pg_sleep(20)';
  /** Waits until a statement of another session is where it waits. */
  const waiting = (event: string): Promise<void> =>
    eventually(async () => {
      const sql =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND wait_event = $1";
      assert.equal((await context().sql(sql, [event])).length, 1);
    });
  const assertFree = async (db: PostgresClient): Promise<void> => {
    const { totalCount, idleCount, waitingCount } = await db.rawPool();
    assert.deepEqual([idleCount, waitingCount], [totalCount, 0]);
  };

  it('whose cancel request meets nothing is cancelled by another one, and keeps its connection', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      // Lost, as it is to a pooler that has no backend for the statement yet.
      proxy.plan(({ number }) => (number === 2 ? { up: [{ when: { afterBytes: 0 }, do: 'close' }] } : {}));
      const db = open({ dsn });
      const pid = await db.queryValue('SELECT pg_backend_pid()');
      const abort = new AbortController();
      const failed = rejection(db.execute(INSERT, [], { signal: abort.signal }));
      await waiting('PgSleep');
      abort.abort();
      assert.deepEqual([(await failed)['code'], (await failed)['outcome']], ['ABORTED', 'not-done']);
      assert.deepEqual([await db.queryValue('SELECT pg_backend_pid()'), await count()], [pid, 0]);
      const lost = proxy.log.filter(({ event }) => event === 'rule').map(({ connection }) => connection);
      assert.deepEqual([lost, proxy.connections], [[2], 3]);
    });
  });

  it('that is aborted is cancelled on the server: not done, and its connection serves the next one', async () => {
    const db = open();
    const pid = await db.queryValue('SELECT pg_backend_pid()');
    const abort = new AbortController();
    const failed = rejection(db.execute(INSERT, [], { signal: abort.signal }));
    await waiting('PgSleep');
    const reason = new Error('enough');
    abort.abort(reason);
    const error = await failed;
    assert.deepEqual(
      [error.name, error['code'], error['stage'], error['outcome'], error.cause, error['operation']],
      ['AbortError', 'ABORTED', 'transfer', 'not-done', reason, 'execute'],
    );
    assertNoListeners(abort.signal);
    assert.deepEqual([await db.queryValue('SELECT pg_backend_pid()'), await count()], [pid, 0]);
    await assertFree(db);
  });

  it('whose time is over is cancelled by us, where the server does not do it', async () => {
    const db = open();
    for (const options of [{}, { transaction: false }]) {
      const started = performance.now();
      const error = await rejection(db.execute(INSERT, [], { timeout: 400, ...options }));
      assert.deepEqual(
        [error['code'], error['stage'], error['outcome']],
        ['DEADLINE_EXCEEDED', 'transfer', 'not-done'],
      );
      assert.ok(performance.now() - started >= 400);
    }
    assert.equal(await count(), 0);
    await assertFree(db);
  });

  it('whose time is over is cancelled by the server as well, should we be out of reach', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const db = open({ dsn });
      await db.ping();
      const failed = rejection(db.execute(INSERT, [], { timeout: 1_000, cleanupTimeout: 300 }));
      await waiting('PgSleep');
      proxy.stallAll();
      const error = await failed;
      assert.deepEqual([error['code'], error['outcome'], error['retryable']], ['DEADLINE_EXCEEDED', 'unknown', false]);
      await eventually(async () => {
        const sql = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        assert.deepEqual(await context().sql(sql), []);
      });
      assert.equal(await count(), 0);
      proxy.heal();
      proxy.resetAll();
    });
  });

  it('that is aborted through a stalled network settles in time, and its backend is ended by another session', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const db = open({ dsn });
      const abort = new AbortController();
      const failed = rejection(db.execute(INSERT, [], { signal: abort.signal }));
      await waiting('PgSleep');
      proxy.stallAll({ newConnections: false });
      abort.abort(new Error('enough'));
      let error: Record<string, unknown> = {};
      const ms = await timed(async () => (error = await failed));
      assert.deepEqual([error['code'], error['outcome']], ['ABORTED', 'unknown']);
      assert.ok(ms > 1_000 && ms < 5_000, `${ms} ms`);
      // A cancel request and another session at least.
      assert.ok(proxy.connections >= 3);
      assert.equal(await count(), 0);
      const left =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
      assert.deepEqual(await context().sql(left), []);
      assert.equal(await db.queryValue('SELECT 7'), 7);
      await assertFree(db);
    });
  });

  const struck: readonly (readonly [where: string, stage: string, strike: Strike])[] = [
    ['before it begins', 'configure', ({ hit }) => hit()],
    [
      'while it waits for the pool',
      'pool',
      async ({ db, hit, over }) => {
        const pool = await db.rawPool();
        const held = await pool.connect();
        void over.then(() => held.release?.());
        void eventually(() => assert.equal(pool.waitingCount, 1)).then(hit);
      },
    ],
    [
      'while it connects',
      'connect',
      ({ proxy, hit, over }) => {
        proxy.plan(() => ({ stallConnect: true }));
        void proxy.waitFor('stalled').then(hit);
        void over.then(() => proxy.heal());
      },
    ],
    [
      'while it authenticates',
      'connect',
      ({ proxy, hit }) => proxy.plan(() => ({ down: [{ when: { pattern: 'SCRAM-SHA-256\0' }, do: { call: hit } }] })),
    ],
    [
      'when it is sent',
      'transfer',
      ({ proxy, hit }) =>
        proxy.plan(({ number }) =>
          number === 1 ? { up: [{ when: { pattern: 'canary' }, do: { call: hit } }] } : undefined,
        ),
    ],
    [
      'when its answer begins',
      'transfer',
      ({ proxy, hit }) =>
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern: 'struck' }, do: { call: hit } }] } : undefined,
        ),
    ],
  ];
  for (const [where, stage, strike] of struck) {
    for (const weapon of ['signal', 'deadline'] as const) {
      it(`struck ${where} by its ${weapon} says so, and leaves nothing`, async () => {
        await throughProxy(context().dsn, async ({ proxy, dsn }) => {
          const db = open({ dsn });
          const abort = new AbortController();
          const over = Promise.withResolvers<undefined>();
          const reason = new Error('enough');
          let hits = 0;
          const hit = async (): Promise<void> => {
            hits += 1;
            if (weapon === 'signal') abort.abort(reason);
            else await delay(500);
          };
          const timeout = weapon === 'signal' ? {} : { timeout: where === 'before it begins' ? 0 : 400 };
          await strike({ db, proxy, dsn, hit, over: over.promise });
          const options: StatementOptions = { signal: abort.signal, ...timeout };
          const sql = "SELECT 'canary' AS struck, n FROM generate_series(1, 5000) AS n";
          const error = await rejection(db.query(sql, [], options));
          over.resolve(undefined);
          assert.equal(hits, 1);
          assert.deepEqual(
            [error['code'], error['stage'], error['operation']],
            [weapon === 'signal' ? 'ABORTED' : 'DEADLINE_EXCEEDED', stage, 'query'],
          );
          if (weapon === 'signal') assert.equal(error.cause, reason);
          assertNoListeners(abort.signal);
          assert.equal(where === 'before it begins' ? proxy.connections : 0, 0);
          proxy.plan(() => undefined);
          await eventually(() => assertFree(db));
          assert.equal(await db.queryValue('SELECT 7'), 7);
        });
      });
    }
  }

  it('that is aborted as it gets its connection gives it back', async () => {
    const db = open();
    for (const ask of [db.query.bind(db), db.execute.bind(db)]) {
      using stages = watchStages('default');
      const abort = new AbortController();
      stages.at('open', () => abort.abort());
      const error = await rejection(ask('SELECT 1', [], { signal: abort.signal }));
      assert.deepEqual([error['code'], error['stage'], error['outcome']], ['ABORTED', 'open', 'not-done']);
      assertNoListeners(abort.signal);
      await assertFree(db);
    }
  });

  it(`that is aborted at its completion never cancels the next one, in ${RACES} races`, async function () {
    this.timeout(300_000);
    const next = random(seed);
    const db = open({ pool: { maxSize: 2 } });
    const outcomes = new Map<unknown, number>();
    const race = async (): Promise<void> => {
      const abort = new AbortController();
      const [rows, wait, ticks] = [1 + Math.floor(next() * 200), next(), Math.floor(next() * 40)];
      const asked = db.query('SELECT n FROM generate_series(1, $1::int) AS n', [rows], { signal: abort.signal }).then(
        (found) => (assert.equal(found.length, rows), 'answered'),
        (error: unknown) => (
          assert.equal((error as { code?: unknown }).code, 'ABORTED'),
          (error as { outcome?: unknown }).outcome
        ),
      );
      if (wait > 0.3) await delay(next() * 2);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      abort.abort();
      assert.equal(await db.queryValue('SELECT $1::int FROM pg_sleep(0.001)', [rows]), rows);
      const outcome = await asked;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    const lane = async (): Promise<void> => {
      for (let n = 0; n < RACES / LANES; n += 1) await race();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const met = [...outcomes].map(([outcome, times]) => `${String(outcome)} ${times}`).join(', ');
    assert.ok((outcomes.get('answered') ?? 0) < RACES && (outcomes.get('not-done') ?? 0) > RACES / 20, met);
    assert.equal(outcomes.get('unknown'), undefined, met);
    await assertFree(db);
  });

  const losing: Plan = ({ number }) =>
    number === 1 ? { down: [{ when: { pattern: 'C\0\0\0\x0fINSERT 0', before: true }, do: 'reset' }] } : undefined;

  it('whose answer is lost may have been done: unknown, not to be retried, and never sent again', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(losing);
      const db = open({ dsn });
      const error = await rejection(db.execute('INSERT INTO t VALUES (1)'));
      assert.deepEqual(
        [error['code'], error['stage'], error['outcome'], error['retryable']],
        ['CONNECTION_LOST', 'transfer', 'unknown', false],
      );
      assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      assert.deepEqual([await count(), proxy.connections], [1, 1]);
      await assertFree(db);
    });
  });

  it('whose answer is lost is sent again where that was said to do no harm', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(losing);
      const db = open({ dsn });
      assert.equal(await db.execute('INSERT INTO t VALUES (1)', [], { idempotent: true, retry: { minDelay: 1 } }), 1);
      assert.deepEqual([await count(), proxy.connections], [2, 2]);
    });
  });

  it('is not sent again because the server refused it, unless that was said to do no harm', async () => {
    const db = open();
    await context().sql('DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries');
    const sql =
      "DO $$ BEGIN PERFORM nextval('tries'); RAISE EXCEPTION 'canary' USING ERRCODE = 'serialization_failure'; END $$";
    for (const [idempotent, tries] of [
      [false, '1'],
      [true, '4'],
    ] as const) {
      const error = await rejection(db.execute(sql, [], { idempotent, retry: { attempts: 3, minDelay: 1 } }));
      assert.deepEqual([error['code'], error['outcome']], ['SERIALIZATION_FAILURE', 'not-done']);
      assert.deepEqual(await context().sql('SELECT last_value FROM tries'), [{ last_value: tries }]);
    }
  });

  it('that meets a server which is read-only says so', async () => {
    const error = await rejection(open().execute('SET TRANSACTION READ ONLY; INSERT INTO t VALUES (1)'));
    assert.deepEqual([error['code'], error['sqlState'], await count()], ['SERVER_UNAVAILABLE', '25006', 0]);
  });

  it('is tried again while it cannot connect', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      proxy.plan(({ number }) => (number < 3 ? { refuse: true } : undefined));
      const db = open({ dsn });
      assert.equal(await db.execute('INSERT INTO t VALUES (1)', [], { retry: { attempts: 3, minDelay: 1 } }), 1);
      assert.deepEqual([await count(), proxy.connections], [1, 3]);
      proxy.plan(() => ({ refuse: true }));
      proxy.resetAll();
      await rejection(db.rawPool());
      assert.equal((await rejection(db.query('SELECT 1', [], { retry: false })))['retryable'], true);
    });
  });

  it('whose backend is terminated may have been done: unknown, and the pool recovers', async () => {
    const db = open();
    const failed = rejection(db.execute(INSERT));
    await waiting('PgSleep');
    const end =
      "SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
    assert.deepEqual(await context().sql(end), [{ ended: true }]);
    const error = await failed;
    assert.deepEqual([error['code'], error['outcome']], ['CONNECTION_LOST', 'unknown']);
    assert.deepEqual([await db.queryValue('SELECT 7'), await count()], [7, 0]);
    await assertFree(db);
  });

  it('that waits for a lock gives up after lockTimeout', async () => {
    const db = open({ pool: { maxSize: 2 } });
    await context().sql('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
    try {
      const error = await rejection(db.execute('INSERT INTO t VALUES (1)', [], { lockTimeout: 100 }));
      assert.deepEqual([error['code'], error['sqlState'], error['outcome']], ['LOCK_TIMEOUT', '55P03', 'not-done']);
    } finally {
      await context().sql('ROLLBACK');
    }
    await assertFree(db);
  });

  it('finds no connection free within poolTimeout, and takes none later', async () => {
    const db = open();
    const pool = await db.rawPool();
    const held = await pool.connect();
    const error = await rejection(db.query('SELECT 1', [], { poolTimeout: 50, retry: false }));
    assert.deepEqual([error['code'], error['stage']], ['POOL_TIMEOUT', 'pool']);
    held.release?.();
    await eventually(() => assertFree(db));
    assert.equal(await db.queryValue('SELECT 7'), 7);
  });
});
