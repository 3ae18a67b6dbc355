import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyRows } from '../../src/connectors/postgres/index.ts';
import { rejection } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

/** One and a half as float8: bits that int8 takes as well, for another number. */
const ROW = { a: 1.5 };
const ALTER = 'ALTER TABLE altered ALTER COLUMN a TYPE int8 USING a::int8';

describePostgres('a table whose columns another session alters', (context) => {
  let other: pg.Client;
  let client: pg.Client;
  beforeEach(async () => {
    await context().sql('CREATE TABLE altered (a float8)');
    [other, client] = [0, 1].map(() => new pg.Client({ connectionString: context().dsn })) as [pg.Client, pg.Client];
    await Promise.all([other.connect(), client.connect()]);
  });
  afterEach(async () => {
    await Promise.all([other.end(), client.end()]);
    await context().sql('DROP TABLE altered');
  });

  /** Calls `between` when the answer about the columns is here, and before anything else is sent. */
  const afterColumns = (between: () => Promise<void>): void => {
    const { query } = client;
    const call = query.bind(client) as (...given: unknown[]) => unknown;
    client.query = ((...given: unknown[]) => {
      const answer = call(...given);
      if (typeof given[0] !== 'string' || !given[0].includes('pg_attribute')) return answer;
      client.query = query;
      return (answer as Promise<unknown>).then(async (result) => {
        await between();
        return result;
      });
    }) as typeof query;
  };
  const mustWait = async (query: string): Promise<void> => {
    const text = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE $1";
    assert.equal((await context().sql(text, [`${query}%`])).length, 1);
  };

  it('keeps them until the rows are loaded: whoever alters waits', async () => {
    let altering: Promise<unknown> | undefined;
    let isAltered = false;
    let hasWaited = false;
    afterColumns(async () => {
      altering = other.query(ALTER).then(() => (isAltered = true));
      await eventually(async () => {
        if (!isAltered) await mustWait('ALTER');
      });
      hasWaited = !isAltered;
    });
    await pipeline([ROW], pgCopyRows({ table: 'altered', format: 'binary', client }));
    await altering;
    assert.deepEqual([isAltered, hasWaited], [true, true]);
    assert.deepEqual(await context().sql('SELECT a::text FROM altered'), [{ a: '2' }]);
  });

  it('is loaded as it has become, when the other was first', async () => {
    await other.query(`BEGIN; ${ALTER}`);
    const loading = pipeline([{ a: 3 }], pgCopyRows({ table: 'altered', format: 'binary', client }));
    await eventually(() => mustWait('EXPLAIN INSERT'));
    await other.query('COMMIT');
    await loading;
    assert.deepEqual(await context().sql('SELECT a::text FROM altered'), [{ a: '3' }]);
  });

  for (const isolation of ['repeatable read', 'serializable']) {
    for (const format of ['text', 'binary'] as const) {
      it(`is not loaded by the types of an older snapshot, ${isolation}, ${format}: nothing is written, and its owner goes on`, async () => {
        await client.query(`BEGIN ISOLATION LEVEL ${isolation}; SELECT count(*) FROM pg_class`);
        await other.query(ALTER);
        const sink = pgCopyRows({ table: 'altered', format, client });
        const error = await rejection(pipeline([ROW], sink));
        assert.deepEqual(
          [error['code'], error['retryable'], error['outcome'], error['stage']],
          ['SERIALIZATION_FAILURE', true, 'not-done', 'open'],
        );
        const { outcome, cleanup } = await sink.settled;
        assert.deepEqual([outcome, cleanup, sink.progress.bytes], ['not-done', 'confirmed', 0]);
        await client.query('INSERT INTO altered VALUES (7); COMMIT');
        assert.deepEqual(await context().sql('SELECT a::text FROM altered'), [{ a: '7' }]);
      });
    }

    it(`is not loaded by them either when it waited for the other, ${isolation}, and is at the next try`, async () => {
      await client.query(`SET default_transaction_isolation = '${isolation}'`);
      const load = () => pipeline([{ a: 3 }], pgCopyRows({ table: 'altered', format: 'binary', client }));
      await other.query(`BEGIN; ${ALTER}`);
      const failed = rejection(load());
      await eventually(() => mustWait('EXPLAIN INSERT'));
      await other.query('COMMIT');
      assert.equal((await failed)['code'], 'SERIALIZATION_FAILURE');
      await load();
      assert.deepEqual(await context().sql('SELECT a::text FROM altered'), [{ a: '3' }]);
    });
  }

  it('is loaded in a snapshot that it was not altered after, whatever its columns', async () => {
    await context().sql(
      `CREATE DOMAIN small AS int2; CREATE DOMAIN smaller AS small[];
       ALTER TABLE altered ADD b int, ADD c smaller, ADD d int GENERATED ALWAYS AS (2) STORED, ADD "É ""1""" int[][];
       ALTER TABLE altered DROP b`,
    );
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM pg_class');
    await pipeline([[1.5, [1, 2], [[3]]]], pgCopyRows({ table: 'altered', format: 'binary', client }));
    await client.query('COMMIT');
    const rows = await context().sql('SELECT a::text, c::text, d, "É ""1"""::text AS e FROM altered');
    assert.deepEqual(rows, [{ a: '1.5', c: '{1,2}', d: 2, e: '{{3}}' }]);
    await context().sql('ALTER TABLE altered DROP c; DROP DOMAIN smaller; DROP DOMAIN small');
  });

  it('needs no more rights to be loaded than COPY asks for: those to one column', async () => {
    await context().sql('CREATE ROLE humble; ALTER TABLE altered ADD b int; GRANT INSERT (a) ON altered TO humble');
    try {
      await client.query('SET ROLE humble');
      await client.query("SET default_transaction_isolation = 'repeatable read'");
      await pipeline([ROW], pgCopyRows({ table: 'altered', format: 'binary', client }));
    } finally {
      await context().sql('DROP OWNED BY humble; DROP ROLE humble');
    }
    assert.deepEqual(await context().sql('SELECT a FROM altered'), [{ a: 1.5 }]);
  });
});
