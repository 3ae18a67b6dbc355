import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom } from '../../../src/connectors/postgres/index.ts';
import { chunked, csvRows } from '../../support/bytes.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('pgCopyFrom', (context) => {
  beforeEach(async () => {
    await context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (a int, b text)');
  });

  const config = () => ({ dsn: context().dsn });
  const count = async (): Promise<number> => Number((await context().sql('SELECT count(*) AS n FROM t'))[0]?.['n']);

  it('has every row durable at finish and says how many', async () => {
    const bytes = csvRows(50_000);
    const sink = pgCopyFrom({ table: 't', config: config() });
    await pipeline(chunked(bytes, 1000), sink);
    assert.equal(await count(), 50_000);
    assert.equal(sink.result?.rows, 50_000);
    assert.equal(sink.result.bytes, bytes.length);
    assert.equal(sink.result.skipped, 0);
    assert.equal(sink.result.durable, true);
    assert.equal(sink.progress.bytes, bytes.length);
    assert.deepEqual(await sink.settled, { outcome: 'done', cleanup: 'confirmed', result: sink.result });
  });

  it('loads zero rows from zero bytes', async () => {
    const sink = pgCopyFrom({ table: 't', config: config() });
    await pipeline(chunked(Buffer.alloc(0)), sink);
    assert.equal(sink.result?.rows, 0);
    assert.equal((await sink.settled).outcome, 'done');
  });

  it('drops the header, and with match refuses other names', async () => {
    const good = pgCopyFrom({ table: 't', header: 'match', config: config() });
    await pipeline(chunked(Buffer.from('a,b\n1,x\n')), good);
    assert.equal(good.result?.rows, 1);
    const bad = pgCopyFrom({ table: 't', header: 'match', config: config() });
    await assert.rejects(pipeline(chunked(Buffer.from('a,c\n1,x\n')), bad), { code: 'BAD_ROW', outcome: 'not-done' });
    assert.equal(await count(), 1);
  });

  it('takes text and binary as well as CSV, in the columns named', async () => {
    await pipeline(
      chunked(Buffer.from('x\t1\n')),
      pgCopyFrom({ table: 't', format: 'text', columns: ['b', 'a'], config: config() }),
    );
    const binary = Buffer.concat([
      Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'),
      Buffer.alloc(8),
      Buffer.from([0, 2, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 1, 0x79, 0xff, 0xff]),
    ]);
    await pipeline(chunked(binary), pgCopyFrom({ table: 't', format: 'binary', config: config() }));
    assert.deepEqual(await context().sql('SELECT a, b FROM t ORDER BY a'), [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('empties the table in the same transaction, and keeps the old rows when the load fails', async () => {
    await context().sql("INSERT INTO t VALUES (7, 'old')");
    const bad = pgCopyFrom({ table: 't', truncate: true, config: config() });
    await assert.rejects(pipeline(chunked(Buffer.from('1,x\nfoo,y\n')), bad), { code: 'BAD_ROW' });
    assert.deepEqual(await context().sql('SELECT a FROM t'), [{ a: 7 }]);
    const good = pgCopyFrom({ table: 't', truncate: true, freeze: true, config: config() });
    await pipeline(chunked(Buffer.from('1,x\n')), good);
    assert.deepEqual(await context().sql('SELECT a FROM t'), [{ a: 1 }]);
  });

  it('freezes rows only in a table that it emptied itself', () => {
    assert.throws(() => pgCopyFrom({ table: 't', freeze: true }), {
      code: 'CONFIG_INVALID',
      message: /needs truncate/,
    });
  });

  it('counts what a condition leaves out, quoted line breaks included', async () => {
    const sink = pgCopyFrom({ table: 't', where: 'a > 2', header: true, config: config() });
    await pipeline(chunked(Buffer.from('a,b\n1,"x\ny"\n2,y\n3,z'), 3), sink);
    assert.equal(sink.result?.rows, 1);
    assert.equal(sink.result.skipped, 2);
  });

  it('takes what its server has of the newer options, and refuses the rest before the first byte', async () => {
    await context().sql("DROP TABLE t; CREATE TABLE t (a int, b text DEFAULT 'd')");
    const major = Number.parseInt(context().server.version, 10);
    const CASES = [
      [{ forceNull: ['b'], null: 'N' }, 0, '1,"N"\n', [null]],
      [{ forceNotNull: ['b'] }, 0, '1,\n', ['']],
      [{ forceNull: true, null: 'N' }, 17, '1,"N"\n', [null]],
      [{ forceNotNull: true }, 17, '1,\n', ['']],
      [{ default: 'D' }, 16, '1,D\n', ['d']],
      [{ onError: 'ignore' }, 17, 'x,1\n2,y\n', ['y']],
      [{ onError: 'ignore', rejectLimit: 1 }, 18, 'x,1\n2,y\n', ['y']],
    ] as const;
    const loaded: unknown[] = [];
    for (const [options, needed, text] of CASES) {
      await context().sql("TRUNCATE t; INSERT INTO t VALUES (7, 'kept')");
      const sink = pgCopyFrom({ table: 't', truncate: true, ...options, config: config() });
      const error = await pipeline(chunked(Buffer.from(text)), sink).catch((caught: unknown) => caught);
      const rows = (await context().sql('SELECT b FROM t')).map(({ b }) => b);
      loaded.push(
        error === undefined ? rows : [Reflect.get(error as object, 'code'), needed, rows, sink.progress.bytes],
      );
    }
    const wanted = CASES.map(([, needed, , rows]) =>
      needed <= major ? rows : ['CONFIG_INVALID', needed, ['kept'], 0],
    );
    assert.deepEqual(loaded, wanted);
    const over = pgCopyFrom({ table: 't', onError: 'ignore', rejectLimit: 1, config: config() });
    const failed = { code: major < 18 ? 'CONFIG_INVALID' : 'BAD_ROW', outcome: 'not-done' };
    await assert.rejects(pipeline(chunked(Buffer.from('x,1\ny,2\n')), over), failed);
  });

  it('loads nothing when another number of rows was expected', async () => {
    const sink = pgCopyFrom({ table: 't', expectedRows: 3, config: config() });
    await assert.rejects(pipeline(chunked(csvRows(2)), sink), { code: 'ROW_COUNT_MISMATCH', outcome: 'not-done' });
    assert.equal(await count(), 0);
  });

  it('takes a pool that is handed in, gives its client back and leaves it open', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
    try {
      await pipeline(chunked(csvRows(10)), pgCopyFrom({ table: 't', client: pool }));
      assert.equal((await pool.query('SELECT 1')).rowCount, 1);
      assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [1, 1, 0]);
    } finally {
      await pool.end();
    }
  });

  it("works under a savepoint in a caller's open transaction, and says that it is not durable", async () => {
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query("INSERT INTO t VALUES (1, 'mine')");
      const bad = pgCopyFrom({ table: 't', client });
      await assert.rejects(pipeline(chunked(Buffer.from('foo,y\n')), bad), { code: 'BAD_ROW' });
      const good = pgCopyFrom({ table: 't', client });
      await pipeline(chunked(csvRows(5, 100)), good);
      assert.equal(good.result?.durable, false);
      assert.equal(await count(), 0);
      await client.query('COMMIT');
      assert.equal(await count(), 6);
    } finally {
      await client.end();
    }
  });

  it('refuses a client that already carries a stream', async () => {
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      const first = pgCopyFrom({ table: 't', client });
      await new Promise((resolve) => first.write('1,x\n', resolve));
      await assert.rejects(pipeline(chunked(csvRows(1)), pgCopyFrom({ table: 't', client })), { code: 'CLIENT_BUSY' });
      await new Promise<void>((resolve) => first.end(resolve));
      assert.equal(first.result?.rows, 1);
    } finally {
      await client.end();
    }
  });

  it('opens nothing before the first byte', async () => {
    const sink = pgCopyFrom({ table: 't', config: { dsn: 'postgresql://nobody@127.0.0.1:1/none?sslmode=disable' } });
    await new Promise((resolve) => setImmediate(resolve));
    sink.destroy();
    const settled = await sink.settled;
    assert.equal(settled.outcome, 'not-done');
    assert.equal(settled.error?.code, 'ABORTED');
  });

  it('loads names that need quoting', async () => {
    await context().sql(
      'DROP TABLE IF EXISTS "a"";drop table t;--"; CREATE TABLE "a"";drop table t;--" ("Ünï ""c""" int)',
    );
    const sink = pgCopyFrom({ table: 'a";drop table t;--', columns: ['Ünï "c"'], schema: 'public', config: config() });
    await pipeline(chunked(Buffer.from('1\n')), sink);
    assert.equal(sink.result?.rows, 1);
    assert.equal(await count(), 0);
  });
});
