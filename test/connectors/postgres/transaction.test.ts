import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { connectors, postgres } from '../../../src/connectors/registry.ts';
import type { PostgresClient } from '../../../src/connectors/postgres/index.ts';
import { rejection } from '../../support/faults.ts';
import { assertNoListeners, eventually } from '../../support/leaks.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('a transaction of a client', (context) => {
  let db: PostgresClient;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int UNIQUE DEFERRABLE)');
    db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 1 } });
  });
  afterEach(async () => {
    if (!db.isClosed()) {
      const { totalCount, idleCount, waitingCount } = await db.rawPool();
      assert.deepEqual([idleCount, waitingCount], [totalCount, 0]);
    }
    await connectors.reset();
  });
  const all = async () => (await context().sql('SELECT a FROM t ORDER BY 1')).map(({ a }) => a);
  const insert = 'INSERT INTO t VALUES ($1)';

  it('is committed when its function has returned, and gives what that gave', async () => {
    const value = await db.transaction(async (tx) => {
      await tx.execute(insert, [1]);
      assert.equal(await tx.queryValue('SELECT count(*)::int FROM t'), 1);
      assert.deepEqual(await all(), []);
      return 'value';
    });
    assert.deepEqual([value, await all()], ['value', [1]]);
  });

  it('is rolled back when its function throws, which comes back unchanged, whatever it is', async () => {
    for (const thrown of [new Error('mine'), 'text', undefined, { code: '40001' }]) {
      const caught = await db
        .transaction(async (tx) => {
          await tx.execute(insert, [1]);
          // eslint-disable-next-line @typescript-eslint/only-throw-error -- whatever a callback throws
          throw thrown;
        })
        .then(
          () => assert.fail('it was committed'),
          (error: unknown) => ({ error }),
        );
      assert.equal(caught.error, thrown);
    }
    let inner: unknown;
    const outer = await rejection(
      db.transaction(async (tx) => {
        await tx.execute(insert, [1]);
        inner = await rejection(tx.query('SELECT 1 / 0'));
        throw inner;
      }),
    );
    assert.equal(outer, inner);
    assert.deepEqual(await all(), []);
  });

  it('has savepoints, which are rolled back alone', async () => {
    await db.transaction(async (tx) => {
      await tx.execute(insert, [1]);
      const mine = new Error('mine');
      const failed = tx.transaction(async (inner) => {
        await inner.execute(insert, [2]);
        await rejection(inner.query('SELECT 1 / 0'));
        throw mine;
      });
      assert.equal(await rejection(failed), mine);
      await tx.transaction(async (inner) => {
        await inner.execute(insert, [3]);
        await inner.transaction((deeper) => deeper.execute(insert, [4]));
        await using undone = await inner.begin();
        await undone.execute(insert, [5]);
      });
    });
    assert.deepEqual(await all(), [1, 3, 4]);
  });

  it('refuses what would wait for itself: the outer one while a savepoint or a stream is open', async () => {
    await db.transaction(async (tx) => {
      await tx.transaction(async () => {
        assert.equal((await rejection(tx.query('SELECT 1')))['code'], 'CLIENT_BUSY');
        assert.equal((await rejection(tx.begin()))['code'], 'CLIENT_BUSY');
      });
      const seen: unknown[] = [];
      for await (const row of tx.queryRows(
        'SELECT n FROM generate_series(1, :most) n',
        { most: 3 },
        { batchSize: 1 },
      )) {
        seen.push(row);
        assert.equal((await rejection(tx.query('SELECT 1')))['code'], 'CLIENT_BUSY');
      }
      assert.equal(seen.length, 3);
      const source = async function* () {
        yield '1\n';
        assert.equal((await rejection(tx.query('SELECT 1')))['code'], 'CLIENT_BUSY');
        yield '2\n';
      };
      assert.equal(await tx.copyFrom('t', source()), 2);
      assert.equal(await tx.queryValue('SELECT 7'), 7);
    });
    assert.deepEqual(await all(), [1, 2]);
  });

  it('runs what is asked for at once one after the other', async () => {
    await db.transaction(async (tx) => {
      const found = await Promise.all([1, 2, 3].map((n) => tx.queryValue('SELECT $1::int FROM pg_sleep(0.01)', [n])));
      assert.deepEqual(found, [1, 2, 3]);
    });
  });

  it('that is over cannot be used, nor can a stream that it made', async () => {
    const tx = await db.begin();
    const unread = tx.queryRows('SELECT 1');
    await tx.execute(insert, [1]);
    await tx.commit();
    for (const use of [() => tx.query('SELECT 1'), () => tx.commit(), () => tx.begin()]) {
      assert.equal((await rejection(use()))['code'], 'CLIENT_CLOSED');
    }
    await tx.rollback();
    assert.equal((await rejection(unread.toArray()))['code'], 'ABORTED');
    assert.deepEqual(await all(), [1]);
  });

  it('of `await using` is rolled back unless it was committed', async () => {
    {
      await using tx = await db.begin();
      await tx.execute(insert, [1]);
    }
    {
      await using tx = await db.begin();
      await tx.execute(insert, [2]);
      await tx.commit();
    }
    assert.deepEqual(await all(), [2]);
  });

  it('has its isolation, and cannot write where it is only to read', async () => {
    const shown = (options: object) =>
      db.transaction(
        (tx) =>
          tx.queryOne(
            "SELECT current_setting('transaction_isolation') AS i, current_setting('transaction_read_only') AS r, current_setting('transaction_deferrable') AS d",
          ),
        options,
      );
    assert.deepEqual(await shown({}), { i: 'read committed', r: 'off', d: 'off' });
    const serializable = { isolation: 'serializable', readOnly: true, deferrable: true };
    assert.deepEqual(await shown(serializable), { i: 'serializable', r: 'on', d: 'on' });
    const written = db.transaction((tx) => tx.execute(insert, [1]), { readOnly: true });
    assert.equal((await rejection(written))['sqlState'], '25006');
    assert.equal((await rejection(shown({ isolation: 'chaos; DROP TABLE t' })))['code'], 'CONFIG_INVALID');
  });

  it('shows a deferred constraint at its commit', async () => {
    const error = await rejection(
      db.transaction(async (tx) => {
        await tx.execute('SET CONSTRAINTS ALL DEFERRED');
        await tx.execute('INSERT INTO t VALUES (1), (1)');
      }),
    );
    assert.deepEqual(
      [error['code'], error['sqlState'], error['stage'], error['operation'], error['outcome']],
      ['CONSTRAINT_VIOLATION', '23505', 'commit', 'transaction', 'not-done'],
    );
    assert.deepEqual(await all(), []);
  });

  it('is no success when a failure in it was swallowed', async () => {
    const error = await rejection(
      db.transaction(async (tx) => {
        await tx.execute(insert, [1]);
        await rejection(tx.query('SELECT 1 / 0'));
      }),
    );
    assert.deepEqual([error['code'], error['sqlState'], await all()], ['STATEMENT_FAILED', '25P02', []]);
  });

  it('is repeated after a serialization failure only where that was asked for', async () => {
    const raise = "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$";
    for (const [retry, tries] of [
      [undefined, 1],
      [{ attempts: 3, minDelay: 1 }, 2],
    ] as const) {
      let calls = 0;
      const done = db.transaction(
        async (tx) => {
          calls += 1;
          await tx.execute(insert, [calls]);
          if (calls === 1) await tx.execute(raise);
        },
        { retry },
      );
      if (retry === undefined) assert.equal((await rejection(done))['code'], 'SERIALIZATION_FAILURE');
      else await done;
      assert.equal(calls, tries);
    }
    assert.deepEqual(await all(), [2]);
    let calls = 0;
    const never = db.transaction(
      async (tx) => {
        calls += 1;
        await tx.execute(raise);
      },
      { retry: { attempts: 3, minDelay: 1 } },
    );
    assert.deepEqual([(await rejection(never))['code'], calls], ['SERIALIZATION_FAILURE', 3]);
  });

  it('ends at its deadline, whatever its function is doing, and cancels what runs', async () => {
    const abort = new AbortController();
    const asleep = new AbortController();
    const started = performance.now();
    for (const doing of ['sleeping', 'asking'] as const) {
      const error = await rejection(
        db.transaction(
          async (tx) => {
            await tx.execute(insert, [1]);
            if (doing === 'sleeping') await delay(20_000, undefined, { signal: asleep.signal });
            else await tx.query('SELECT pg_sleep(20)');
          },
          { timeout: 300, signal: abort.signal },
        ),
      );
      assert.deepEqual([error['code'], error['outcome']], ['DEADLINE_EXCEEDED', 'not-done']);
    }
    assert.ok(performance.now() - started < 10_000);
    asleep.abort();
    assertNoListeners(abort.signal);
    await using tx = await db.begin({ timeout: 200 });
    await tx.execute(insert, [1]);
    await eventually(() => assert.equal(tx.isOver, true));
    assert.equal((await rejection(tx.query('SELECT 1')))['code'], 'DEADLINE_EXCEEDED');
    assert.deepEqual(await all(), []);
  });

  it('is rolled back when its signal fires', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const failed = rejection(
      db.transaction(
        async (tx) => {
          await tx.execute(insert, [1]);
          abort.abort(reason);
          await tx.execute(insert, [2]);
        },
        { signal: abort.signal },
      ),
    );
    const error = await failed;
    assert.deepEqual([error['code'], error.cause], ['ABORTED', reason]);
    assertNoListeners(abort.signal);
    assert.deepEqual(await all(), []);
  });

  it('goes on when one of its statements was too slow for its own timeout, in a savepoint', async () => {
    await db.transaction(async (tx) => {
      await tx.execute(insert, [1]);
      const slow = tx.transaction((inner) => inner.query('SELECT pg_sleep(20)', [], { timeout: 100 }));
      assert.equal((await rejection(slow))['code'], 'DEADLINE_EXCEEDED');
      await tx.execute(insert, [2]);
    });
    assert.deepEqual(await all(), [1, 2]);
  });

  it('loads and hands out whole tables, as a client does by itself', async () => {
    const taken: string[] = [];
    const destination = () =>
      new Writable({
        write(chunk: Buffer, _encoding, callback) {
          taken.push(chunk.toString());
          callback();
        },
      });
    const inputs = ['1\n2\n', Buffer.from('3\n'), ['4\n', Buffer.from('5\n')], Readable.from(['6\n'])];
    let rows = 0;
    for (const input of inputs) rows += await db.copyFrom('t', input);
    assert.equal(rows, 6);
    assert.equal(await db.copyTo({ query: 'SELECT a FROM t WHERE a > 4 ORDER BY 1' }, destination()), 2);
    assert.equal(taken.splice(0).join(''), '5\n6\n');
    await db.transaction(async (tx) => {
      assert.equal(await tx.copyFrom('t', '7\n'), 1);
      assert.equal(await tx.copyTo('t', destination()), 7);
      let bytes = 0;
      await tx.copyTo('t', async (read) => {
        for await (const chunk of read) bytes += chunk.length;
      });
      assert.equal(bytes, 14);
    });
    const boom = new Error('boom');
    const broken = async function* () {
      yield await Promise.resolve('8\n');
      throw boom;
    };
    const error = await rejection(db.copyFrom('t', broken()));
    assert.deepEqual([error['code'], error.cause, error['outcome']], ['PIPELINE_FAILED', boom, 'not-done']);
    assert.deepEqual(await all(), [1, 2, 3, 4, 5, 6, 7]);
    const found: unknown[] = await db.queryRows('SELECT a FROM t WHERE a = $1', [7]).toArray();
    assert.deepEqual(found, [{ a: 7 }]);
  });
});

describePostgres('many statements at once', (context) => {
  let db: PostgresClient;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int PRIMARY KEY, b text)');
    db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 1 } });
  });
  afterEach(() => connectors.reset());
  const count = async () => (await context().sql('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

  it('are done all, in batches, and counted', async () => {
    const sets = Array.from({ length: 1_234 }, (_, a) => ({ a, b: `row ${a}` }));
    assert.equal(await db.executeMany('INSERT INTO t VALUES (:a, :b)', sets), 1_234);
    assert.deepEqual(await context().sql('SELECT b FROM t WHERE a = 1233'), [{ b: 'row 1233' }]);
    const later = async function* () {
      for (let a = 0; a < 10; a += 1) yield [a];
      await Promise.resolve();
    };
    assert.equal(await db.executeMany('DELETE FROM t WHERE a = $1', later()), 10);
    assert.equal(await db.executeMany('UPDATE t SET b = NULL', [[], []]), 2 * 1_224);
    assert.equal(await db.executeMany('SELECT $1', []), 0);
    assert.equal(await count(), 1_224);
  });

  it('are done not at all where one fails, or the sets do', async () => {
    const twice = [...Array.from({ length: 900 }, (_, a) => [a]), [0]];
    const error = await rejection(db.executeMany('INSERT INTO t VALUES ($1)', twice));
    assert.deepEqual(
      [error['code'], error['operation'], error['outcome']],
      ['CONSTRAINT_VIOLATION', 'execute_many', 'not-done'],
    );
    const boom = new Error('boom');
    const broken = function* () {
      for (let a = 0; a < 600; a += 1) yield [a];
      throw boom;
    };
    const failed = await rejection(db.executeMany('INSERT INTO t VALUES ($1)', broken()));
    assert.deepEqual([failed['code'], failed.cause], ['PIPELINE_FAILED', boom]);
    const mixed = [[1], { a: 1 }];
    for (const sets of [mixed, [[1], [{ self: 1n }]]]) {
      const refused = await rejection(db.executeMany('INSERT INTO t VALUES ($1)', sets));
      assert.equal(refused['code'], 'CONFIG_INVALID');
    }
    assert.equal(await count(), 0);
    assert.equal(await db.queryValue('SELECT 7'), 7);
  });

  it('stop where the sets come too slowly, and their iterator is told', async () => {
    let closed = false;
    const slow = async function* () {
      try {
        yield [1];
        await delay(100);
        yield [2];
        await delay(2_000);
      } finally {
        closed = true;
      }
    };
    const error = await rejection(db.executeMany('INSERT INTO t VALUES ($1)', slow(), { timeout: 300 }));
    assert.deepEqual([error['code'], await count()], ['DEADLINE_EXCEEDED', 0]);
    await eventually(() => assert.equal(closed, true));
  });

  it('are not begun anew after a serialization failure: sets that were read are gone', async () => {
    await context().sql('DROP SEQUENCE IF EXISTS tries; CREATE SEQUENCE tries');
    await context().sql(`CREATE OR REPLACE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF nextval('tries') = 1 THEN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$`);
    await context().sql('CREATE TRIGGER once BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fail_once()');
    const sets = [[1], [2]].values();
    const retry = { attempts: 3, minDelay: 1 };
    const error = await rejection(db.executeMany('INSERT INTO t VALUES ($1)', sets, { retry }));
    assert.deepEqual([error['code'], await count()], ['SERIALIZATION_FAILURE', 0]);
  });

  it('stop where a set never comes, in a transaction too', async () => {
    const stuck = async function* () {
      yield [1];
      await new Promise(() => undefined);
    };
    await using tx = await db.begin();
    const error = await rejection(tx.executeMany('INSERT INTO t VALUES ($1)', stuck(), { timeout: 100 }));
    assert.equal(error['code'], 'DEADLINE_EXCEEDED');
  });

  it('in a transaction are a part of it', async () => {
    await db.transaction(async (tx) => {
      assert.equal(await tx.executeMany('INSERT INTO t VALUES ($1)', [[1], [2]]), 2);
      assert.equal(await tx.queryValue('SELECT count(*)::int FROM t'), 2);
    });
    assert.equal(await count(), 2);
  });
});
