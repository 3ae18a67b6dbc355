import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connectors, postgres } from '../../src/connectors/registry.ts';
import type { PostgresClient } from '../../src/connectors/postgres/index.ts';
import type { Rule } from '../../src/testing/chaos-proxy/index.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import type { Proxied } from '../support/faults.ts';
import { assertNoListeners, eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';
import { randomNumbers, seed } from '../support/seed.ts';

const RACES = 1_000;
const LANES = 4;

/** CommandComplete of COMMIT. */
const ANSWER = 'C\0\0\0\x0bCOMMIT\0';

describePostgres('a transaction of a client', (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int)'));
  afterEach(() => connectors.reset());
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];
  const INSERT = 'INSERT INTO t VALUES (1)';
  const open = (dsn: string): PostgresClient => postgres.client('default', { dsn, pool: { maxSize: 1 } });
  const assertFree = async (db: PostgresClient): Promise<void> => {
    assert.equal(await db.queryValue('SELECT 7'), 7);
    const { totalCount, idleCount, waitingCount } = await db.rawPool();
    assert.deepEqual([idleCount, waitingCount], [totalCount, 0]);
  };
  /** A fault on the first connection. */
  const faulty = async (rules: { up?: Rule[]; down?: Rule[] }, work: (proxied: Proxied) => Promise<void>) =>
    throughProxy(context().dsn, async (proxied) => {
      proxied.proxy.plan(({ number }) => (number === 1 ? rules : undefined));
      await work(proxied);
      assert.ok(proxied.proxy.log.some(({ event }) => event === 'rule'));
    });

  it('whose answer to COMMIT is lost is settled by asking the server: done', async () => {
    await faulty({ down: [{ when: { pattern: ANSWER, before: true }, do: 'reset' }] }, async ({ dsn }) => {
      const db = open(dsn);
      assert.equal(await db.transaction((tx) => tx.execute(INSERT)), 1);
      assert.equal(await count(), 1);
      await assertFree(db);
    });
  });

  it('whose COMMIT never reached the server is settled by asking it: not done', async () => {
    await faulty({ up: [{ when: { pattern: 'COMMIT\0', before: true }, do: 'reset' }] }, async ({ dsn }) => {
      const db = open(dsn);
      const error = await rejection(db.transaction((tx) => tx.execute(INSERT)));
      assert.deepEqual([error['code'], error['stage'], error['outcome']], ['CONNECTION_LOST', 'commit', 'not-done']);
      assert.equal(await count(), 0);
      await assertFree(db);
    });
  });

  it('whose answer is lost while the server cannot be asked is unknown, and is not repeated', async () => {
    await faulty({ down: [{ when: { pattern: ANSWER, before: true }, do: 'reset' }] }, async ({ proxy, dsn }) => {
      const db = open(dsn);
      let calls = 0;
      const error = await rejection(
        db.transaction(
          async (tx) => {
            calls += 1;
            await tx.execute(INSERT);
            proxy.refuseNew();
          },
          { retry: { attempts: 3, minDelay: 1 } },
        ),
      );
      assert.deepEqual([error['code'], error['outcome'], calls], ['COMMIT_UNKNOWN', 'unknown', 1]);
      proxy.heal();
      assert.equal(await count(), 1);
      await assertFree(db);
    });
  });

  it('whose signal fires while COMMIT is on its way is done, and says what it gave', async () => {
    const abort = new AbortController();
    const rule: Rule = { when: { pattern: 'COMMIT\0', before: true }, do: { call: () => abort.abort() } };
    await faulty({ up: [rule] }, async ({ dsn }) => {
      const db = open(dsn);
      assert.equal(await db.transaction((tx) => tx.execute(INSERT), { signal: abort.signal }), 1);
      assert.equal(await count(), 1);
      assertNoListeners(abort.signal);
      await assertFree(db);
    });
  });

  for (const [where, stage, pattern] of [
    ['its BEGIN is sent', 'open', 'BEGIN'],
    ['a statement is sent', 'transfer', 'INSERT'],
    ['a savepoint is sent', 'transfer', 'SAVEPOINT'],
  ] as const) {
    it(`whose signal fires when ${where} is rolled back`, async () => {
      const abort = new AbortController();
      const reason = new Error('enough');
      await faulty({ up: [{ when: { pattern }, do: { call: () => abort.abort(reason) } }] }, async ({ dsn }) => {
        const db = open(dsn);
        const work = db.transaction(
          async (tx) => {
            await tx.execute(INSERT);
            await tx.transaction((inner) => inner.execute(INSERT));
          },
          { signal: abort.signal },
        );
        const error = await rejection(work);
        assert.deepEqual(
          [error['code'], error['stage'], error.cause, error['outcome']],
          ['ABORTED', stage, reason, 'not-done'],
        );
        assertNoListeners(abort.signal);
        assert.equal(await count(), 0);
        await assertFree(db);
      });
    });
  }

  it('that is aborted through a stalled network settles, and its backend is ended by another session', async () => {
    await throughProxy(context().dsn, async ({ proxy, dsn }) => {
      const db = open(dsn);
      const abort = new AbortController();
      const locked = "SELECT 1 FROM pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock'";
      const failed = rejection(
        db.transaction(
          async (tx) => {
            await tx.execute(INSERT);
            assert.equal((await context().sql(locked)).length, 1);
            proxy.stallAll({ newConnections: false });
            abort.abort();
          },
          { signal: abort.signal },
        ),
      );
      assert.deepEqual([(await failed)['code'], await context().sql(locked)], ['ABORTED', []]);
      await assertFree(db);
    });
  });

  it('whose backend is terminated fails with CONNECTION_LOST, not done, and takes nothing with it', async () => {
    const db = open(context().dsn);
    const error = await rejection(
      db.transaction(async (tx) => {
        await tx.execute(INSERT);
        const pid = await tx.queryValue('SELECT pg_backend_pid()');
        await context().sql('SELECT pg_terminate_backend($1, 5000)', [pid]);
        await tx.execute(INSERT);
      }),
    );
    assert.deepEqual([error['code'], error['outcome'], await count()], ['CONNECTION_LOST', 'not-done', 0]);
    await assertFree(db);
  });

  it('that meets a real conflict is repeated, and loses no update', async () => {
    await context().sql('INSERT INTO t VALUES (0)');
    const db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 4 } });
    let calls = 0;
    const add = () =>
      db.transaction(
        async (tx) => {
          calls += 1;
          const a = await tx.queryValue<number>('SELECT a FROM t');
          await tx.queryValue('SELECT pg_sleep(0.02)');
          await tx.execute('UPDATE t SET a = $1', [Number(a) + 1]);
        },
        { isolation: 'serializable', retry: { attempts: 50, minDelay: 1, maxDelay: 20 } },
      );
    await Promise.all([add(), add(), add(), add()]);
    assert.ok(calls > 4, `${calls} calls`);
    assert.deepEqual(await context().sql('SELECT a FROM t'), [{ a: 4 }]);
  });

  it(`that is aborted about its end is whole or not at all, and never cancels the next one, in ${RACES} races (TEST_SEED=${seed})`, async function () {
    this.timeout(300_000);
    const next = randomNumbers('transactions');
    const db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 2 } });
    let done = 0;
    let rows = 0;
    const race = async (): Promise<void> => {
      const abort = new AbortController();
      const [most, wait, ticks] = [1 + Math.floor(next() * 20), next(), Math.floor(next() * 40)];
      const asked = db
        .transaction((tx) => tx.execute('INSERT INTO t SELECT generate_series(1, $1::int)', [most]), {
          signal: abort.signal,
        })
        .then(
          (touched) => {
            assert.equal(touched, most);
            [done, rows] = [done + 1, rows + most];
          },
          (error: unknown) => {
            const { code, outcome } = error as Record<string, unknown>;
            assert.deepEqual([code, outcome], ['ABORTED', 'not-done']);
          },
        );
      if (wait > 0.2) await delay(next() * 6);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      abort.abort();
      assert.equal(await db.queryValue('SELECT $1::int FROM pg_sleep(0.001)', [most]), most);
      await asked;
    };
    const lane = async (): Promise<void> => {
      for (let n = 0; n < RACES / LANES; n += 1) await race();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.ok(done > 0 && done < RACES, `${done} of ${RACES} were done`);
    assert.equal(await count(), rows);
    await assertFree(db);
  });

  it('that loses its streams with its end leaves the connection good', async () => {
    const db = open(context().dsn);
    for (let n = 0; n < 20; n += 1) {
      const tx = await db.begin();
      const rows = tx.queryRows('SELECT n FROM generate_series(1, 100000) n');
      rows.on('error', () => undefined);
      rows.read();
      for (let tick = 0; tick < n * 3; tick += 1) await Promise.resolve();
      await tx.rollback();
      await eventually(() => assertFree(db));
    }
  });
});
