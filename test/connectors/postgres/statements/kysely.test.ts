import assert from 'node:assert/strict';
import { Kysely, sql } from 'kysely';
import pg from 'pg';
import { connectors, postgres } from '../../../../src/connectors/registry.ts';
import type { PostgresClient } from '../../../../src/connectors/postgres/index.ts';
import { rejection } from '../../../support/faults.ts';
import { eventually } from '../../../support/leaks.ts';
import { describePostgres } from '../../../support/postgres.ts';

interface Database {
  readonly t: { readonly a: number };
}

describePostgres('the Kysely of a client', (context) => {
  let db: PostgresClient;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int UNIQUE)');
    db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 2 } });
  });
  afterEach(() => connectors.reset());
  const all = async () => (await context().sql('SELECT a FROM t ORDER BY 1')).map(({ a }) => a);
  const assertFree = () =>
    eventually(async () => {
      const { totalCount, idleCount, waitingCount } = await db.rawPool();
      assert.deepEqual([idleCount, waitingCount], [totalCount, 0]);
    });

  it('asks on the connections of the client, and is what kysely makes', async () => {
    const kysely = db.kysely<Database>();
    assert.ok(kysely instanceof Kysely);
    const { numInsertedOrUpdatedRows } = await kysely
      .insertInto('t')
      .values([{ a: 1 }, { a: 2 }])
      .executeTakeFirstOrThrow();
    assert.equal(numInsertedOrUpdatedRows, 2n);
    assert.deepEqual(await kysely.selectFrom('t').select('a').where('a', '>', 1).execute(), [{ a: 2 }]);
    await assertFree();
    assert.equal((await db.rawPool()).totalCount, 1);
  });

  it('leaves the pool as it was after a transaction, committed or not, and its errors are its own', async () => {
    const kysely = db.kysely<Database>();
    await kysely.transaction().execute((tx) => tx.insertInto('t').values({ a: 1 }).execute());
    const thrown = await rejection(
      kysely.transaction().execute(async (tx) => {
        await tx.insertInto('t').values({ a: 2 }).execute();
        await tx.insertInto('t').values({ a: 1 }).execute();
      }),
    );
    assert.ok(thrown instanceof pg.DatabaseError);
    await assertFree();
    const left = await kysely.startTransaction().execute();
    await left.insertInto('t').values({ a: 3 }).execute();
    await left.rollback().execute();
    await assertFree();
    assert.deepEqual(await all(), [1]);
  });

  it('leaves no transaction to the next user of its connection', async () => {
    const kysely = db.kysely<Database>();
    await kysely.connection().execute(async (one) => {
      await sql`BEGIN`.execute(one);
      await one.insertInto('t').values({ a: 1 }).execute();
    });
    await db.execute('INSERT INTO t VALUES (2)');
    assert.deepEqual(await all(), [2]);
  });

  it('does not close the client when it is destroyed, and has no connection once that is closed', async () => {
    const [one, other] = [db.kysely<Database>(), db.kysely<Database>()];
    for (const kysely of [one, other]) await kysely.selectFrom('t').selectAll().execute();
    await one.destroy();
    assert.equal(await db.queryValue('SELECT 7'), 7);
    assert.deepEqual(await other.selectFrom('t').selectAll().execute(), []);
    await assertFree();
    await db.close();
    const error = await rejection(other.selectFrom('t').selectAll().execute());
    assert.deepEqual([error['code'], error['operation']], ['CLIENT_CLOSED', undefined]);
    assert.throws(() => db.kysely(), { code: 'CLIENT_CLOSED' });
  });

  it('cancels a query on the server where it is told to', async () => {
    const kysely = db.kysely<Database>();
    const abort = new AbortController();
    const slow = sql`SELECT pg_sleep(20)`.execute(kysely, {
      signal: abort.signal,
      inflightQueryAbortStrategy: 'cancel query',
    });
    const failed = rejection(slow);
    const asleep = () =>
      context().sql(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep' AND state = 'active'",
      );
    await eventually(async () => assert.equal((await asleep()).length, 1));
    abort.abort();
    await failed;
    await eventually(async () => assert.deepEqual(await asleep(), []));
    await assertFree();
  });

  it('finds the host that is there, and the TLS that the server has, as the client does', async () => {
    const { port } = context().server;
    const { username, password, pathname } = new URL(context().dsn);
    const dsn = `postgresql://${username}:${password}@127.0.0.1:1,127.0.0.1:${port}${pathname}`;
    const several = postgres.client('default', { dsn: `${dsn}?sslmode=prefer&target_session_attrs=read-write` });
    const kysely = several.kysely<Database>();
    await kysely.transaction().execute((tx) => tx.insertInto('t').values({ a: 1 }).execute());
    assert.deepEqual(await all(), [1]);
  });
});
