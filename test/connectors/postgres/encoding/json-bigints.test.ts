import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyRows, pgQueryRows } from '../../../../src/connectors/postgres/index.ts';
import { rejection } from '../../../support/faults.ts';
import { describePostgres } from '../../../support/postgres.ts';

/** The first whole number that no double holds. */
const BIG = '9007199254740993';

describePostgres('a bigint in a column of JSON', (context) => {
  let pool: pg.Pool;
  before(() => {
    pool = new pg.Pool({ connectionString: context().dsn, max: 1 });
  });
  after(() => pool.end());

  for (const type of ['json', 'jsonb']) {
    for (const format of ['text', 'binary'] as const) {
      it(`is written with all its digits, and refused inside an object: ${type}, ${format}`, async () => {
        await context().sql(`CREATE TABLE docs (id int, doc ${type})`);
        const load = (...docs: unknown[]) =>
          pipeline(
            docs.map((doc, id) => ({ id, doc })),
            pgCopyRows({ table: 'docs', format, client: pool }),
          );
        const refused = await rejection(load({}, { deep: [BigInt(BIG)] }));
        assert.deepEqual([refused['code'], refused['row'], refused['column']], ['BAD_ROW', 2, 'doc']);
        assert.ok(!refused.message.includes(BIG));
        await load(BigInt(BIG), `{"deep":[${BIG}]}`);
        assert.deepEqual(
          await context().sql("SELECT coalesce(doc #>> '{deep,0}', doc::text) AS digits FROM docs ORDER BY id"),
          [{ digits: BIG }, { digits: BIG }],
        );
        await context().sql('DROP TABLE docs');
      });
    }

    it(`is read as node-postgres reads it, or with all its digits by a parser of yours: ${type}`, async () => {
      const sql = `SELECT '{"id":${BIG}}'::${type} AS doc`;
      const { rows } = await pool.query<object>(sql);
      assert.deepEqual(await pgQueryRows(sql, [], { client: pool }).toArray(), rows);
      const types = { getTypeParser: () => (text: string) => text.replaceAll(' ', '') };
      assert.deepEqual(await pgQueryRows(sql, [], { client: pool, types }).toArray(), [{ doc: `{"id":${BIG}}` }]);
    });
  }
});
