import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows } from '../../src/connectors/postgres/index.ts';
import type { CopyFromResult } from '../../src/connectors/postgres/index.ts';
import type { Sink } from '../../src/core/sink.ts';
import { assertSilent } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** More than pgCopyRows keeps in a block, and than the server inserts at once (`MAX_BUFFERED_BYTES` in copyfrom.c). */
const WIDE = 'x'.repeat(70_000);
const LATE = 'c4n4ry';

interface Load {
  readonly name: string;
  /** What a place in the data is called. */
  readonly counted: 'line' | 'row';
  open(client: object): Sink<CopyFromResult>;
  /** A row; as the last one, it ends the load. */
  row(sink: Sink<CopyFromResult>, a: number, b: string, last?: 'last'): void;
  /** Has the COPY begun, and sends no whole row; returns what sends the row and ends. */
  begin(sink: Sink<CopyFromResult>, a: number, b: string): () => void;
}

const LOADS: readonly Load[] = [
  {
    name: 'pgCopyFrom',
    counted: 'line',
    open: (client) => pgCopyFrom({ table: 't', client }),
    row: (sink, a, b, last) => void sink[last === undefined ? 'write' : 'end'](`${a},${b}\n`),
    begin: (sink, a, b) => {
      sink.write(`${a},`);
      return () => sink.end(`${b}\n`);
    },
  },
  {
    name: 'pgCopyRows',
    counted: 'row',
    open: (client) => pgCopyRows({ table: 't', client }),
    row: (sink, a, b, last) => void sink[last === undefined ? 'write' : 'end']({ a, b }),
    begin: (sink, a, b) => {
      sink.write({ a, b });
      return () => sink.end();
    },
  },
];

describePostgres('a load in conflict with another transaction', (context) => {
  let pool: pg.Pool;
  let other: pg.Client;
  let retries = 0;
  const retried = (): void => void (retries += 1);
  beforeEach(async () => {
    await context().sql(
      'CREATE TABLE t (a int UNIQUE, b text); CREATE TABLE total (n int); INSERT INTO total VALUES (0)',
    );
    other = new pg.Client({ connectionString: context().dsn });
    await other.connect();
    retries = 0;
    subscribe('sluice:operation:retry', retried);
  });
  afterEach(async () => {
    unsubscribe('sluice:operation:retry', retried);
    await other.end();
    await pool.end();
    await context().sql('DROP TABLE t, total; DROP FUNCTION IF EXISTS count_up');
  });

  /** A pool of one, whose sessions have `setting`. */
  const connectWith = (setting: string): void => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1, options: `-c ${setting}` });
  };
  const backend = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
  const isWaiting = async (pid: unknown) =>
    (await context().sql("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event_type = 'Lock'", [pid])).length >
    0;
  /** Makes every row of t add to one row of `total`. */
  const countUp = () =>
    context().sql(
      `CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN UPDATE total SET n = n + 1; RETURN NEW; END $$;
       CREATE TRIGGER count_up BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION count_up()`,
    );
  const assertUndone = async (sink: Sink<CopyFromResult>) => {
    const { outcome, cleanup, error } = await sink.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    assertSilent(error, LATE);
    assert.equal(retries, 0);
    return error;
  };
  const assertRefused = async (sink: Sink<CopyFromResult>, sqlState: string, stage: string): Promise<void> => {
    const error = await assertUndone(sink);
    assert.deepEqual(
      [error?.code, error?.sqlState, error?.stage, error?.retryable],
      ['SERIALIZATION_FAILURE', sqlState, stage, true],
    );
  };

  for (const { name, counted, open: sinkOn, row, begin } of LOADS) {
    const open = (client: object): Sink<CopyFromResult> => {
      const sink = sinkOn(client);
      sink.on('error', () => undefined);
      return sink;
    };

    describe(name, () => {
      it('is the victim of a deadlock: retryable, not repeated here, no rows, the client stays, the other goes on', async () => {
        connectWith('deadlock_timeout=100ms');
        const before = await backend();
        await other.query(`SET deadlock_timeout = '60s'; BEGIN; INSERT INTO t VALUES (1000000, 'theirs')`);
        const sink = open(pool);
        row(sink, 0, LATE + WIDE);
        const writers = "SELECT pid FROM pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock'";
        await eventually(async () => assert.equal((await context().sql(writers)).length, 2));
        // The load holds key 0, for which the other waits; then it wants the key that the other holds.
        const blocked = other.query("INSERT INTO t VALUES (0, 'theirs')");
        await eventually(async () => assert.ok(await isWaiting(Reflect.get(other, 'processID'))));
        row(sink, 1_000_000, LATE, 'last');
        await assertRefused(sink, '40P01', 'transfer');
        await blocked;
        await other.query('COMMIT');
        assert.deepEqual(await context().sql('SELECT DISTINCT b FROM t'), [{ b: 'theirs' }]);
        assert.equal(await backend(), before);
      });

      for (const isolation of ['repeatable read', 'serializable']) {
        it(`meets a row that changed since its snapshot, ${isolation}: retryable, not repeated here, no rows, the client stays`, async () => {
          connectWith(`default_transaction_isolation=${isolation.replace(' ', '\\ ')}`);
          const before = await backend();
          await countUp();
          const sink = open(pool);
          const end = begin(sink, 0, LATE);
          await eventually(() => assert.ok(sink.progress.bytes > 0));
          await other.query('UPDATE total SET n = n + 1');
          end();
          await assertRefused(sink, '40001', 'transfer');
          assert.deepEqual(await context().sql('SELECT (SELECT count(*)::int FROM t) AS loaded, n FROM total'), [
            { loaded: 0, n: 1 },
          ]);
          assert.equal(await backend(), before);
        });
      }

      it('cannot be put in an order with it, which the commit finds: retryable, no rows, no finish, the client stays', async () => {
        connectWith('default_transaction_isolation=serializable');
        const before = await backend();
        // Each reads what the other writes.
        await context().sql(
          `CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN PERFORM count(*) FROM total; RETURN NEW; END $$;
           CREATE TRIGGER count_up BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION count_up()`,
        );
        const sink = open(pool);
        let finished = false;
        sink.on('finish', () => (finished = true));
        row(sink, 0, LATE + WIDE);
        await eventually(async () => {
          const read = "SELECT 1 FROM pg_locks WHERE relation = 'total'::regclass AND mode = 'SIReadLock'";
          assert.notDeepEqual(await context().sql(read), []);
        });
        await other.query(
          'BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM t; INSERT INTO total VALUES (1); COMMIT',
        );
        sink.end();
        await assertRefused(sink, '40001', 'commit');
        assert.equal(finished, false);
        assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
        assert.equal(await backend(), before);
      });

      it("inside its owner's transaction: retryable, and the owner decides how to go on", async () => {
        connectWith('lock_timeout=0');
        await countUp();
        const client = await pool.connect();
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
        await other.query('UPDATE total SET n = n + 1');
        const sink = open(client);
        row(sink, 1, LATE, 'last');
        await assertRefused(sink, '40001', 'transfer');
        assert.equal((await client.query('SELECT count(*)::int AS n FROM t')).rows.length, 1);
        assert.equal((await client.query('COMMIT')).command, 'COMMIT');
        client.release();
        assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
        assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1]);
      });

      it('that commits a key first: no retry is worth it, the constraint is named and no key, the client stays', async () => {
        connectWith('lock_timeout=0');
        const before = await backend();
        await other.query("BEGIN; INSERT INTO t VALUES (0, 'theirs')");
        const sink = open(pool);
        row(sink, 1, LATE);
        row(sink, 0, LATE, 'last');
        await eventually(async () => assert.ok(await isWaiting(before)));
        await other.query('COMMIT');
        const error = await assertUndone(sink);
        assert.deepEqual(
          [error?.code, error?.sqlState, error?.retryable, error?.constraint, error?.[counted]],
          ['CONSTRAINT_VIOLATION', '23505', false, 't_a_key', 2],
        );
        assert.deepEqual(await context().sql('SELECT a, b FROM t'), [{ a: 0, b: 'theirs' }]);
        assert.equal(await backend(), before);
      });
    });
  }
});
