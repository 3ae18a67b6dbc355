import assert from 'node:assert/strict';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { collect } from '../support/bytes.ts';
import { rejection, timed } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

/** More than sockets and streams between the two hold, so that neither ends before the other has begun. */
const ROWS = 100_000;
const WAITING_FOR_EACH_OTHER = /a source and a sink of one pipeline need a connection each/i;

describePostgres('a source and a sink', (context) => {
  let pool: pg.Pool;
  /** With its connections made: the wait for one is not to be the time of connecting. */
  const open = async (max: number, options: object = {}): Promise<void> => {
    pool = new pg.Pool({ connectionString: context().dsn, max, ...options });
    pool.on('error', () => undefined);
    const clients = await Promise.all(Array.from({ length: max }, () => pool.connect()));
    for (const client of clients) client.release();
  };
  before(() =>
    context().sql(
      `CREATE TABLE s (a int, b text); CREATE TABLE t (a int, b text);
       INSERT INTO s SELECT n, repeat('x', 100) FROM generate_series(1, ${ROWS}) AS n`,
    ),
  );
  afterEach(() => pool.end());

  const copy = (from: object, to: object, source = pgCopyTo({ table: 's', ...from })) => {
    const sink = pgCopyFrom({ table: 't', ...to });
    return { source, sink, done: pipeline(source, sink) };
  };
  const assertRefused = async (copying: ReturnType<typeof copy>, code: string, message: RegExp, withinMs: number) => {
    let error = new Error('none') as Error & Record<string, unknown>;
    const ms = await timed(async () => (error = await rejection(copying.done)));
    assert.equal(error['code'], code);
    assert.match(error.message, message);
    assert.ok(ms < withinMs, `${ms} ms`);
    for (const { settled } of [copying.source, copying.sink]) {
      const { outcome, cleanup } = await settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    }
    assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM t'), [{ n: 0 }]);
  };

  it('on one pg.Client are refused with CLIENT_BUSY and told what to do; the client stays good', async () => {
    await open(1);
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      await assertRefused(
        copy({ client }, { client }),
        'CLIENT_BUSY',
        /give each stream a connection of its own/,
        8_000,
      );
      assert.equal((await client.query('SELECT 1')).rowCount, 1);
    } finally {
      await client.end();
    }
  });

  it('on one pg.PoolClient are refused with CLIENT_BUSY, inside a transaction too, which goes on', async () => {
    await open(1);
    const client = await pool.connect();
    await client.query('BEGIN; CREATE TEMPORARY TABLE mine (a int)');
    await assertRefused(copy({ client }, { client }), 'CLIENT_BUSY', /give each stream a connection of its own/, 8_000);
    await client.query('INSERT INTO mine VALUES (1)');
    assert.equal((await client.query('COMMIT')).command, 'COMMIT');
    client.release();
    assert.deepEqual([pool.totalCount, pool.idleCount], [1, 1]);
  });

  it('on a pool of one do not wait for each other for ever: POOL_TIMEOUT says why, and the client goes back', async () => {
    await open(1);
    const copying = copy({ client: pool }, { client: pool, poolTimeout: 500 });
    await assertRefused(copying, 'POOL_TIMEOUT', WAITING_FOR_EACH_OTHER, 8_000);
    assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0]);
  });

  it("on a profile's pool of one do not either", async () => {
    await open(1);
    const config = { dsn: context().dsn, pool: { maxSize: 1 } };
    await collect(pgCopyTo({ query: 'SELECT 1', config }));
    await assertRefused(copy({ config }, { config, poolTimeout: 500 }), 'POOL_TIMEOUT', WAITING_FOR_EACH_OTHER, 8_000);
  });

  it('on a pool whose own limit ends the wait, are told the same', async () => {
    await open(1, { connectionTimeoutMillis: 2_000 });
    await assertRefused(copy({ client: pool }, { client: pool }), 'POOL_TIMEOUT', WAITING_FOR_EACH_OTHER, 8_000);
  });

  it('of two pipelines on a pool of two do not hold each other for ever', async () => {
    await open(2);
    const options = { client: pool, poolTimeout: 500 };
    const sources = [pgCopyTo({ table: 's', ...options }), pgCopyTo({ table: 's', ...options })];
    // Else one pipeline might get both connections, and the other one its own when that is through.
    await Promise.all(sources.map((source) => once(source, 'readable')));
    const both = sources.map((source) => copy(options, options, source));
    await Promise.all(both.map((each) => assertRefused(each, 'POOL_TIMEOUT', WAITING_FOR_EACH_OTHER, 8_000)));
    assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [2, 2, 0]);
  });

  it('that wait for a client of somebody else are not told that they wait for each other', async () => {
    await open(2);
    const options = { client: pool, poolTimeout: 500 };
    // Streams that were there, and are gone, count no more.
    await copy({ client: pool }, { client: pool }).done;
    await context().sql('TRUNCATE t');
    const held = [await pool.connect(), await pool.connect()];
    const { message } = await rejection(copy(options, options).done);
    assert.doesNotMatch(message, WAITING_FOR_EACH_OTHER);
    for (const client of held) client.release();
  });

  it('with a connection each copy a table', async () => {
    await open(2);
    const { sink, done } = copy({ client: pool }, { client: pool });
    await done;
    assert.equal(sink.result?.rows, ROWS);
    await context().sql('TRUNCATE t');
  });
});
