import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyRows } from '../../src/connectors/postgres/index.ts';
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

  it('needs no more rights to be loaded than COPY asks for: those to one column', async () => {
    await context().sql('CREATE ROLE humble; ALTER TABLE altered ADD b int; GRANT INSERT (a) ON altered TO humble');
    try {
      await client.query('SET ROLE humble');
      await pipeline([ROW], pgCopyRows({ table: 'altered', format: 'binary', client }));
    } finally {
      await context().sql('DROP OWNED BY humble; DROP ROLE humble');
    }
    assert.deepEqual(await context().sql('SELECT a FROM altered'), [{ a: 1.5 }]);
  });
});
