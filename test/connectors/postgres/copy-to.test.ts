import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows, fingerprint } from '../../support/bytes.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('pgCopyTo', (context) => {
  const config = () => ({ dsn: context().dsn });
  const bytes = csvRows(20_000);

  before(async () => {
    await context().sql('CREATE TABLE t (a int, b text)');
    await pipeline(chunked(bytes), pgCopyFrom({ table: 't', config: config() }));
  });

  it('gives back exactly what was loaded, and counts it', async () => {
    const source = pgCopyTo({ table: 't', config: config() });
    assert.equal(fingerprint(await collect(source)), fingerprint(bytes));
    assert.equal(source.result?.rows, 20_000);
    assert.equal(source.result.bytes, bytes.length);
    assert.equal((await source.settled).outcome, 'done');
  });

  it('reads a query, with a header, whatever ends it', async () => {
    const sql = 'SELECT a FROM t WHERE a < 3 ORDER BY a';
    for (const query of [sql, `${sql};\n`, `${sql} -- all of them`]) {
      const source = pgCopyTo({ query, header: true, config: config() });
      assert.equal((await collect(source)).toString(), 'a\n0\n1\n2\n');
    }
  });

  it('reads some columns as text and as binary', async () => {
    const text = pgCopyTo({ table: 't', columns: ['b'], format: 'text', config: config() });
    assert.equal((await collect(text)).subarray(0, 12).toString(), 'row 0\nrow 1\n');
    const binary = pgCopyTo({ query: 'SELECT 1', format: 'binary', config: config() });
    assert.equal((await collect(binary)).subarray(0, 6).toString(), 'PGCOPY');
  });

  it('is empty for no rows', async () => {
    const source = pgCopyTo({ query: 'SELECT 1 WHERE false', config: config() });
    assert.equal((await collect(source)).length, 0);
    assert.equal(source.result?.rows, 0);
  });

  it('fails where the query fails, even after rows were sent', async () => {
    const source = pgCopyTo({ query: 'SELECT 1 / (1000 - n) FROM generate_series(1, 2000) n', config: config() });
    await assert.rejects(collect(source), { code: 'BAD_ROW', sqlState: '22012' });
    assert.equal((await source.settled).outcome, 'not-done');
  });

  it('says which table does not exist in no more than a code', async () => {
    await assert.rejects(collect(pgCopyTo({ table: 'nowhere', config: config() })), {
      code: 'NOT_FOUND',
      sqlState: '42P01',
    });
  });
});
