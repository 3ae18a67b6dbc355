import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import pg from 'pg';
import { connectors, postgres } from '../../../src/connectors/registry.ts';
import { pgCopyFrom } from '../../../src/connectors/postgres/index.ts';
import type { PostgresClient } from '../../../src/connectors/postgres/index.ts';
import { rejection } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';
import { watchStages } from '../../support/stage-events.ts';

describePostgres('a connection that is checked out', (context) => {
  let db: PostgresClient;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int)');
    db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 1 } });
  });
  afterEach(() => connectors.reset());
  const counts = async () => {
    const { totalCount, idleCount, waitingCount } = await db.rawPool();
    return [totalCount, idleCount, waitingCount];
  };
  const pid = () => db.queryValue<number>('SELECT pg_backend_pid()');

  it('is a client of node-postgres, which goes back when it is disposed of', async () => {
    const before = await pid();
    {
      await using client = await db.connection();
      assert.ok(client instanceof pg.Client);
      const { rows, rowCount } = await client.query<{ pid: number; a: number }>(
        'SELECT pg_backend_pid() AS pid, $1::int AS a',
        [7],
      );
      assert.deepEqual([rows, rowCount], [[{ pid: before, a: 7 }], 1]);
    }
    assert.deepEqual([await counts(), await pid()], [[1, 1, 0], before]);
  });

  it('goes back by release() as well, once, and its errors are those of node-postgres', async () => {
    const before = await pid();
    const client = await db.connection();
    const error = await rejection(client.query('SELECT 1 / 0'));
    assert.ok(error instanceof pg.DatabaseError);
    client.release();
    client.release();
    await client[Symbol.asyncDispose]();
    assert.deepEqual([await counts(), await pid()], [[1, 1, 0], before]);
  });

  it('is not taken away from its next user by the last one, who lets go again', async () => {
    const first = await db.connection();
    const disposeOfFirst = first[Symbol.asyncDispose].bind(first);
    await disposeOfFirst();
    const second = await db.connection();
    assert.equal(second, first);
    await disposeOfFirst();
    assert.equal((await rejection(db.query('SELECT 1', [], { poolTimeout: 50 })))['code'], 'POOL_TIMEOUT');
    assert.deepEqual((await second.query('SELECT 7 AS a')).rows, [{ a: 7 }]);
    second.release();
    assert.equal(await db.queryValue('SELECT 7'), 7);
  });

  it('is cut off when it is let go inside a transaction, of which nothing stays', async () => {
    for (const [open, after] of [
      ['BEGIN', 'INSERT INTO t VALUES (1)'],
      ['BEGIN', 'SELECT 1 / 0'],
    ] as const) {
      const before = await pid();
      {
        await using client = await db.connection();
        await client.query(open);
        await client.query(after).catch(() => undefined);
      }
      assert.notEqual(await pid(), before, after);
      assert.deepEqual(await context().sql('SELECT * FROM t'), []);
    }
    {
      await using client = await db.connection();
      await client.query('BEGIN; INSERT INTO t VALUES (2); COMMIT');
    }
    assert.deepEqual(await context().sql('SELECT * FROM t'), [{ a: 2 }]);
  });

  it('is cut off where that is asked for', async () => {
    const before = await pid();
    const client = await db.connection();
    client.release(true);
    assert.notEqual(await pid(), before);
  });

  it('is the client of a stream, and is cut off when it is let go before that has ended', async () => {
    const before = await pid();
    {
      await using client = await db.connection();
      await pipeline(Readable.from([Buffer.from('1\n')]), pgCopyFrom({ table: 't', client }));
    }
    assert.deepEqual([await pid(), await context().sql('SELECT * FROM t')], [before, [{ a: 1 }]]);
    for (const stage of ['open', 'transfer'] as const) {
      const between = await pid();
      using stages = watchStages('default');
      const client = await db.connection();
      const sink = pgCopyFrom({ table: 't', client });
      sink.on('error', () => undefined);
      // From then on the stream holds it.
      stages.at('connect', () => stages.at(stage, () => client.release()));
      sink.write('2\n');
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.notEqual(await pid(), between, stage);
    }
    assert.deepEqual(await context().sql('SELECT * FROM t'), [{ a: 1 }]);
  });

  it('is waited for by close(), after which there is none', async () => {
    const client = await db.connection();
    let isClosed = false;
    const closing = db.close().then(() => (isClosed = true));
    assert.deepEqual((await client.query('SELECT 7 AS a')).rows, [{ a: 7 }]);
    assert.equal(isClosed, false);
    client.release();
    await closing;
    const error = await rejection(db.connection());
    assert.deepEqual([error['code'], error['profile']], ['CLIENT_CLOSED', 'default']);
  });
});
