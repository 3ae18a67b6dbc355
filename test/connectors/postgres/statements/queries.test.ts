import assert from 'node:assert/strict';
import pg from 'pg';
import { connectors, postgres } from '../../../../src/connectors/registry.ts';
import type { PostgresClient } from '../../../../src/connectors/postgres/index.ts';
import { assertSilent, rejection } from '../../../support/faults.ts';
import { describePostgres } from '../../../support/postgres.ts';

describePostgres('a query of a client', (context) => {
  let db: PostgresClient;
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)');
    db = postgres.client('default', { dsn: context().dsn, pool: { maxSize: 1 } });
  });
  afterEach(() => connectors.reset());
  const count = () => context().sql('SELECT count(*)::int AS n FROM t');
  const idle = async () => {
    const { totalCount, idleCount, waitingCount } = await db.rawPool();
    return [totalCount, idleCount, waitingCount];
  };

  it('gives all rows, the first one, the first few, or one value', async () => {
    const sql = 'SELECT n, n * 2 AS twice FROM generate_series(1, $1::int) AS n';
    assert.deepEqual(await db.query(sql, [2]), [
      { n: 1, twice: 2 },
      { n: 2, twice: 4 },
    ]);
    assert.deepEqual(await db.query(sql, [3], { fetch: 'one' }), { n: 1, twice: 2 });
    assert.equal(await db.query(sql, [0], { fetch: 'one' }), undefined);
    assert.deepEqual(await db.query<{ n: number }>(sql, [9], { fetch: 'many', size: 2 }), [
      { n: 1, twice: 2 },
      { n: 2, twice: 4 },
    ]);
    assert.equal((await db.query(sql, [1_500], { fetch: 'many' })).length, 1_000);
    assert.deepEqual(await db.queryOne<{ n: number }>(sql, [5]), { n: 1, twice: 2 });
    assert.equal(await db.queryValue<number>(sql, [5]), 1);
    assert.equal(await db.queryValue(sql, [0]), undefined);
    assert.equal(await db.queryValue('SELECT 1 AS a, 2 AS a'), 1);
    assert.equal(await db.queryValue('SELECT NULL'), null);
    assert.deepEqual(await idle(), [1, 1, 0]);
  });

  it('of whose rows few are wanted asks the server for no more', async () => {
    const sql = 'SELECT 1 / (3 - n) AS x FROM generate_series(1, 5) AS n';
    assert.equal((await db.query(sql, [], { fetch: 'many', size: 2 })).length, 2);
    assert.equal((await rejection(db.query(sql, [], { fetch: 'many', size: 3 })))['sqlState'], '22012');
  });

  it('gives the values of node-postgres, with the parsers that are set there', async () => {
    const sql = `SELECT 9007199254740993::int8 AS i, 1.50::numeric AS n, '2026-01-02T03:04:05Z'::timestamptz AS t,
      '{"a":1}'::json AS j, '\\x00ff'::bytea AS b, ARRAY[1,2] AS l, 'infinity'::timestamptz AS f, NULL AS z`;
    const peer = new pg.Client({ connectionString: context().dsn });
    await peer.connect();
    const parser = pg.types.getTypeParser(pg.types.builtins.INT8, 'text') as (text: string) => unknown;
    try {
      const expected = (await peer.query<Record<string, unknown>>(sql)).rows;
      assert.deepEqual(await db.query(sql), expected);
      pg.types.setTypeParser(pg.types.builtins.INT8, (text) => BigInt(text));
      assert.equal(await db.queryValue(sql), 9007199254740993n);
    } finally {
      pg.types.setTypeParser(pg.types.builtins.INT8, parser);
      await peer.end();
    }
  });

  it('takes parameters by number or by name, as node-postgres takes their values', async () => {
    const values = { a: 1, b: 'é', c: null, d: [1, 2], e: { a: 1 }, f: new Date(0), g: Buffer.from([0, 255]) };
    const sql =
      'SELECT :a::int AS a, :b::text AS b, :c::int AS c, :d::int[] AS d, :e::json AS e, :f::timestamptz AS f, :g::bytea AS g';
    assert.deepEqual(await db.queryOne(sql, values), values);
    assert.deepEqual(await db.queryOne('SELECT $1::int AS a, $2::text AS b', [1, 'x']), { a: 1, b: 'x' });
    assert.equal((await rejection(db.query('SELECT :a', {}))).message, 'the parameter :a is missing');
    assert.equal((await rejection(db.query('SELECT 1', { a: 1 })))['code'], 'CONFIG_INVALID');
  });

  it('counts the rows that a statement touched', async () => {
    assert.equal(await db.execute('INSERT INTO t SELECT n FROM generate_series(1, 5) AS n'), 5);
    assert.equal(await db.execute('UPDATE t SET b = :b WHERE a > :a RETURNING *', { a: 2, b: 'x' }), 3);
    assert.equal(await db.execute('CREATE TEMP TABLE u (a int)'), 0);
    assert.deepEqual(await count(), [{ n: 5 }]);
  });

  it('may be a script, done whole or not at all', async () => {
    const script = (last: string) => `INSERT INTO t VALUES (1, ';'); -- one;\nINSERT INTO t VALUES (2); ${last};`;
    assert.deepEqual(await db.query(script('SELECT a FROM t ORDER BY 1')), [{ a: 1 }, { a: 2 }]);
    assert.equal((await rejection(db.execute(script('SELECT 1 / 0'))))['sqlState'], '22012');
    assert.deepEqual(await count(), [{ n: 2 }]);
    assert.equal(await db.execute(script('DELETE FROM t')), 4);
    assert.deepEqual(await db.query(''), []);
  });

  it('that cannot run in a transaction runs without one, when that is asked for', async () => {
    const error = await rejection(db.execute('VACUUM t'));
    assert.deepEqual([error['code'], error['sqlState']], ['STATEMENT_FAILED', '25001']);
    assert.equal(await db.execute('VACUUM t', [], { transaction: false }), 0);
    await db.execute('CREATE INDEX CONCURRENTLY ON t (a)', [], { transaction: false });
  });

  it('tells the server its limits, for its own transaction alone', async () => {
    const show = "SELECT current_setting('statement_timeout') AS s, current_setting('lock_timeout') AS l";
    const bounds = await db.queryOne<{ s: string; l: string }>(show, [], { timeout: '20s', lockTimeout: 2.5 });
    assert.match(bounds?.s ?? '', /^(20s|1\d{4}ms|19\d*ms)$/);
    assert.equal(bounds?.l, '3ms');
    const own = { transaction: false };
    assert.deepEqual(await db.queryOne(show, [], own), (await context().sql(show))[0]);
  });

  it('may take 30 s by default, as the server knows, and a stream as long as it likes', async () => {
    const limit = "(extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::int";
    await context().sql(`DROP TABLE IF EXISTS s; CREATE TABLE s (a int, ms int DEFAULT ${limit})`);
    const told = [
      await db.queryValue<number>(`SELECT ${limit}`),
      await db.transaction((tx) => tx.queryValue<number>(`SELECT ${limit}`)),
      await db.query<{ ms: number }>(`SELECT 1; SELECT ${limit} AS ms`).then(([row]) => row?.ms),
    ];
    await db.execute('INSERT INTO s VALUES (1)');
    await db.executeMany('INSERT INTO s VALUES ($1)', [[2], [3]]);
    told.push(...(await context().sql('SELECT ms FROM s')).map(({ ms }) => Number(ms)));
    assert.equal(told.length, 6);
    for (const ms of told) assert.ok(Number(ms) > 15_000 && Number(ms) <= 30_000, told.join());
    await context().sql('TRUNCATE s');
    await db.copyFrom('s', '1\n', { columns: ['a'] });
    assert.deepEqual(await context().sql('SELECT ms FROM s'), [{ ms: 0 }]);
    assert.deepEqual(await db.queryRows(`SELECT ${limit} AS ms`).toArray(), [{ ms: 0 }]);
    let copied = '';
    const read = async (source: AsyncIterable<unknown>): Promise<void> => {
      for await (const chunk of source) copied += String(chunk);
    };
    await db.copyTo({ query: `SELECT ${limit}` }, read);
    assert.equal(copied, '0\n');
  });

  it('that fails leaves its connection good, and tells nothing of its parameters', async () => {
    const first = await db.queryValue('SELECT pg_backend_pid()');
    await db.execute('CREATE UNIQUE INDEX ON t (b)');
    await db.execute('INSERT INTO t VALUES (1, $1)', ['canary']);
    const error = await rejection(db.execute('INSERT INTO t VALUES (1, $1)', ['canary']));
    assert.deepEqual(
      [error['code'], error['sqlState'], error['operation'], error['stage'], error['outcome'], error['profile']],
      ['CONSTRAINT_VIOLATION', '23505', 'execute', 'transfer', 'not-done', 'default'],
    );
    assertSilent(error, 'canary');
    const circular: { self?: unknown; canary: string } = { canary: 'canary' };
    circular.self = circular;
    const refused = await rejection(db.execute('INSERT INTO t VALUES (1, $1)', [circular]));
    assert.deepEqual([refused['code'], refused['outcome']], ['CONFIG_INVALID', 'not-done']);
    assertSilent(refused, 'canary');
    assert.equal(await db.queryValue('SELECT pg_backend_pid()'), first);
    assert.deepEqual([await count(), await idle()], [[{ n: 1 }], [1, 1, 0]]);
  });

  it('whose value a parser refuses is done, and says so', async () => {
    const parser = pg.types.getTypeParser(pg.types.builtins.TEXT, 'text') as (text: string) => unknown;
    pg.types.setTypeParser(pg.types.builtins.TEXT, (text: string) => {
      throw new Error(text);
    });
    try {
      const error = await rejection(db.query("INSERT INTO t VALUES (1, 'canary') RETURNING b"));
      assert.deepEqual([error['code'], error['outcome'], error['retryable']], ['BAD_ROW', 'done', false]);
      assertSilent(error, 'canary');
    } finally {
      pg.types.setTypeParser(pg.types.builtins.TEXT, parser);
    }
    assert.deepEqual([await count(), await idle()], [[{ n: 1 }], [1, 1, 0]]);
  });

  it('that is a COPY is refused, and its connection stays good', async () => {
    await db.execute('INSERT INTO t VALUES (1)');
    for (const sql of ['COPY t FROM STDIN', 'COPY t TO STDOUT', 'SELECT 1; COPY t FROM STDIN']) {
      assert.equal((await rejection(db.query(sql)))['code'], 'CONFIG_INVALID', sql);
    }
    assert.deepEqual([await db.queryValue('SELECT 7'), await idle()], [7, [1, 1, 0]]);
  });

  it('that begins a transaction is refused, and the next one is in none', async () => {
    for (const [sql, outcome] of [
      ['BEGIN', 'not-done'],
      ['BEGIN; INSERT INTO t VALUES (1)', 'unknown'],
    ] as const) {
      const error = await rejection(db.execute(sql));
      assert.deepEqual([error['code'], error['outcome']], ['CONFIG_INVALID', outcome], sql);
    }
    await db.execute('INSERT INTO t VALUES (2)');
    assert.deepEqual([await count(), await idle()], [[{ n: 1 }], [1, 1, 0]]);
  });

  it('shows a deferred constraint at its commit', async () => {
    await db.execute('CREATE TABLE d (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)');
    const error = await rejection(db.execute('INSERT INTO d VALUES (1), (1)'));
    assert.deepEqual(
      [error['code'], error['sqlState'], error['outcome']],
      ['CONSTRAINT_VIOLATION', '23505', 'not-done'],
    );
    assert.deepEqual(await db.query('SELECT * FROM d'), []);
  });

  it('refuses options that cannot be right before it connects', async () => {
    const wrong: readonly (() => Promise<unknown>)[] = [
      () => db.query('SELECT 1', [], { size: 1 }),
      () => db.query('SELECT 1', [], { fetch: 'many', size: 0 }),
      () => db.query('SELECT 1', [], { fetch: 'some' as 'all' }),
      () => db.query('SELECT 1; SELECT 2', [], { fetch: 'many' }),
      () => db.query('SELECT 1', [], { timeout: 'soon' }),
      () => db.query('SELECT 1', [], { retry: { attempts: 0 } }),
      () => db.query('SELECT $1', new Date() as never),
      () => db.query(undefined as never),
      () =>
        db.query(
          'SELECT $1',
          Array.from({ length: 65_536 }, () => 1),
        ),
    ];
    for (const ask of wrong) {
      assert.equal((await rejection(ask()))['code'], 'CONFIG_INVALID', String(ask));
    }
  });
});
