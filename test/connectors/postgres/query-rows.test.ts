import assert from 'node:assert/strict';
import { once } from 'node:events';
import type net from 'node:net';
import { inspect } from 'node:util';
import pg from 'pg';
import { pgQueryRows } from '../../../src/connectors/postgres/index.ts';
import type { Parameters, PgQueryRowsOptions } from '../../../src/connectors/postgres/index.ts';
import { eventually } from '../../support/leaks.ts';
import { describePostgres } from '../../support/postgres.ts';
import type { PostgresContext } from '../../support/postgres.ts';
import { ForeignWire } from './rows/foreign-wire.ts';

interface Wire {
  readonly title: string;
  readonly settings: pg.ClientConfig;
  /** Whether its bytes are read here, and not by node-postgres. */
  readonly isRead: boolean;
}

const WIRES: readonly Wire[] = [
  { title: 'pgQueryRows', settings: {}, isRead: true },
  {
    title: 'pgQueryRows over a wire that is not read here',
    settings: { stream: () => new ForeignWire() as unknown as net.Socket },
    isRead: false,
  },
];

const describeWires = (suite: (context: () => PostgresContext, wire: Wire) => void): void => {
  for (const wire of WIRES) describePostgres(wire.title, (context) => suite(context, wire));
};

describeWires((context, { settings, isRead }) => {
  let pool: pg.Pool;
  before(() => (pool = new pg.Pool({ connectionString: context().dsn, ...settings })));
  after(() => pool.end());

  const rows = (sql: string, params: Parameters = [], options: PgQueryRowsOptions = {}) =>
    pgQueryRows(sql, params, { ...(isRead ? { config: { dsn: context().dsn } } : { client: pool }), ...options });
  const newClient = (): pg.Client => new pg.Client({ connectionString: context().dsn, ...settings });

  it('gives objects by the names of the columns, and counts them', async () => {
    const source = rows("SELECT n AS a, 'row ' || n AS b FROM generate_series(1, 2500) n");
    const found: unknown[] = await source.toArray();
    assert.deepEqual(found[0], { a: 1, b: 'row 1' });
    assert.deepEqual(found[2_499], { a: 2_500, b: 'row 2500' });
    assert.deepEqual([found.length, source.result?.rows, source.progress.rows], [2_500, 2_500, 2_500]);
    assert.equal((await source.settled).outcome, 'done');
  });

  it('gives arrays, of columns with equal names all', async () => {
    const sql = 'SELECT 1 AS a, 2 AS a, NULL AS b';
    assert.deepEqual(await rows(sql, [], { rowMode: 'array' }).toArray(), [[1, 2, null]]);
    assert.deepEqual(await rows(sql).toArray(), [{ a: 2, b: null }]);
  });

  it('keeps a column called __proto__ a column', async () => {
    const [row] = (await rows('SELECT 1 AS "__proto__"').toArray()) as [object];
    assert.deepEqual(Object.entries(row), [['__proto__', 1]]);
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
  });

  it('sends parameters as node-postgres does', async () => {
    const params = [1, 'é', null, [1, 2], { a: 1 }, new Date(0), Buffer.from([0, 255]), true];
    const sql =
      'SELECT $1::int AS a, $2::text AS b, $3::int AS c, $4::int[] AS d, $5::json AS e, $6::timestamptz AS f, $7::bytea AS g, $8::bool AS h';
    const [row] = (await rows(sql, params).toArray()) as unknown[];
    assert.deepEqual(row, { a: 1, b: 'é', c: null, d: [1, 2], e: { a: 1 }, f: new Date(0), g: params[6], h: true });
  });

  it('takes parameters by name as well', async () => {
    assert.deepEqual(await rows("SELECT :b::text || :b AS t, ':b' AS u", { b: 'x' }).toArray(), [{ t: 'xx', u: ':b' }]);
    assert.throws(() => rows('SELECT :a', {}), { code: 'CONFIG_INVALID', message: 'the parameter :a is missing' });
  });

  it('takes the same rows in batches of any size', async () => {
    const sql = 'SELECT n FROM generate_series(1, 100) n';
    const expected = Array.from({ length: 100 }, (_, index) => ({ n: index + 1 }));
    for (const batchSize of [1, 7, 100, 101]) assert.deepEqual(await rows(sql, [], { batchSize }).toArray(), expected);
  });

  it('takes rows larger than everything that is read at a time', async () => {
    const sql = 'SELECT n, repeat(chr(96 + n), 3000000) AS t FROM generate_series(1, 4) n';
    const lengths: unknown[] = [];
    for await (const row of rows(sql, [], { maxBatchBytes: '64KiB' })) {
      const { n, t } = row as { n: number; t: string };
      lengths.push([n, t.length, t.at(-1)]);
    }
    assert.deepEqual(
      lengths,
      [1, 2, 3, 4].map((n) => [n, 3_000_000, String.fromCharCode(96 + n)]),
    );
  });

  it('has parsers of its own, and those of its client', async () => {
    const types = { getTypeParser: () => (text: string) => `<${text}>` };
    assert.deepEqual(await rows('SELECT 1 AS a', [], { types }).toArray(), [{ a: '<1>' }]);
    const client = newClient();
    client.setTypeParser(pg.types.builtins.INT4, (text) => BigInt(text));
    await client.connect();
    assert.deepEqual(await pgQueryRows('SELECT 1 AS a', [], { client }).toArray(), [{ a: 1n }]);
    await client.end();
  });

  it('names the column whose parser refuses a value, and not the value', async () => {
    const types = {
      getTypeParser: () => (text: string) => {
        throw new Error(`bad: ${text}`);
      },
    };
    const source = rows("SELECT 'the value' AS b FROM generate_series(1, 5000)", [], { types });
    await assert.rejects(source.toArray(), (error: Error) => {
      assert.equal('code' in error && error.code, 'BAD_ROW');
      if (isRead) assert.equal('column' in error && error.column, 'b');
      assert.doesNotMatch(inspect(error, { depth: 12, showHidden: true }), /the value/);
      return true;
    });
    assert.equal((await source.settled).cleanup, 'confirmed');
  });

  it('gives back what a statement returns, once it is committed', async () => {
    await context().sql('CREATE TABLE r (a int)');
    const source = rows('INSERT INTO r SELECT generate_series(1, 3) RETURNING a * 2 AS b');
    assert.deepEqual(await source.toArray(), [{ b: 2 }, { b: 4 }, { b: 6 }]);
    assert.deepEqual(await context().sql('SELECT sum(a)::int AS sum FROM r'), [{ sum: 6 }]);
    await context().sql('DROP TABLE r');
  });

  it('is empty for no rows, for a statement of none, and for nothing to run', async () => {
    for (const sql of ['SELECT 1 WHERE false', 'SET LOCAL work_mem = 1024', '', '-- nothing']) {
      assert.deepEqual(await rows(sql).toArray(), [], sql);
    }
  });

  it('shows what is no table', async () => {
    assert.deepEqual(await rows('SHOW server_encoding').toArray(), [{ server_encoding: 'UTF8' }]);
    const plan = (await rows('EXPLAIN SELECT 1').toArray()) as unknown[];
    assert.ok(plan.length > 0);
  });

  it('fails where the query fails, even after rows were given', async () => {
    let seen = 0;
    const source = rows('SELECT 1 / (1500 - n) FROM generate_series(1, 2000) n');
    const read = async (): Promise<void> => {
      for await (const row of source) seen += row === undefined ? 0 : 1;
    };
    await assert.rejects(read(), { code: 'BAD_ROW', sqlState: '22012' });
    assert.ok(seen >= 1_000 && seen < 1_500, `${seen}`);
    assert.equal((await source.settled).outcome, 'not-done');
  });

  it('leaves a client whose query failed good for the next', async () => {
    const client = newClient();
    await client.connect();
    await assert.rejects(pgQueryRows('SELECT 1 / 0', [], { client }).toArray(), { sqlState: '22012' });
    assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    await client.end();
  });

  it('refuses two statements, and COPY', async () => {
    await assert.rejects(rows('SELECT 1; SELECT 2').toArray(), { code: 'STATEMENT_FAILED', sqlState: '42601' });
    for (const sql of ['COPY (SELECT 1) TO STDOUT', 'COPY pg_type FROM STDIN']) {
      await assert.rejects(rows(sql).toArray(), { code: 'CONFIG_INVALID', message: /pgCopyTo/ }, sql);
    }
  });

  it('says how many parameters are missing, and sends none that cannot be sent', async () => {
    await assert.rejects(rows('SELECT $1::int').toArray(), { code: 'STATEMENT_FAILED', sqlState: '08P01' });
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    await assert.rejects(rows('SELECT $1::json', [circular]).toArray(), { code: 'CONFIG_INVALID' });
  });

  it('leaves to a client what the server says between its rows, and the client as it was', async () => {
    await context().sql(`CREATE FUNCTION told(n int) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN IF n % 1000 = 0 THEN RAISE NOTICE 'row %', n; END IF; RETURN n; END $$`);
    const client = newClient();
    const heard: string[] = [];
    client.on('notice', ({ message }) => heard.push(message ?? ''));
    await client.connect();
    assert.equal(
      (await pgQueryRows('SELECT told(n) FROM generate_series(1, 3000) n', [], { client }).toArray()).length,
      3_000,
    );
    assert.deepEqual(heard, ['row 1000', 'row 2000', 'row 3000']);
    assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    await client.end();
  });

  it("runs in a caller's transaction, which sees its own rows", async () => {
    const client = newClient();
    await client.connect();
    await client.query('BEGIN; CREATE TEMP TABLE mine AS SELECT 1 AS a');
    assert.deepEqual(await pgQueryRows('SELECT a FROM mine', [], { client }).toArray(), [{ a: 1 }]);
    await client.query('ROLLBACK');
    await client.end();
  });

  it('leaves early, while the server sends or waits, and the client good for the next', async () => {
    const client = newClient();
    await client.connect();
    const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0] as unknown;
    for (const last of [1, 1_000]) {
      const source = pgQueryRows('SELECT n, pg_sleep(n / 2500) FROM generate_series(1, 4000) n', [], { client });
      let seen = 0;
      for await (const row of source) {
        seen += row === undefined ? 0 : 1;
        if (seen === last) break;
      }
      const { outcome, cleanup } = await source.settled;
      assert.deepEqual([seen, outcome, cleanup], [last, 'not-done', 'confirmed']);
      assert.deepEqual((await client.query('SELECT pg_backend_pid() AS pid')).rows[0], pid);
    }
    await client.end();
  });

  it('cancels on the server what gives no row', async () => {
    const asleep = "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(300)%'";
    const stop = new AbortController();
    const source = rows('SELECT pg_sleep(300)', [], { signal: stop.signal });
    const read = source.toArray();
    read.catch(() => undefined);
    await eventually(async () => assert.equal((await context().sql(asleep)).length, 1));
    stop.abort();
    await assert.rejects(read, { name: 'AbortError' });
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.deepEqual(await context().sql(asleep), []);
  });

  it('shows none of the rows that wait in it', async () => {
    const source = rows("SELECT 'canary' AS a FROM generate_series(1, 3)");
    await once(source, 'readable');
    assert.ok(source.readableLength > 0);
    assert.doesNotMatch(inspect(source, { depth: 12, showHidden: true }) + JSON.stringify(source), /canary/);
    source.destroy();
    await source.settled;
  });

  it('refuses at once what cannot be right', () => {
    for (const options of [{ batchSize: 0 }, { batchSize: 1.5 }, { maxBatchBytes: '1 furlong' }]) {
      assert.throws(() => rows('SELECT 1', [], options), { code: 'CONFIG_INVALID' });
    }
  });
});
