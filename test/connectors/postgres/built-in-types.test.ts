import assert from 'node:assert/strict';
import { BUILT_IN_TYPES, OID, typeByName, typeByOid } from '../../../src/connectors/postgres/built-in-types.ts';
import { describePostgres } from '../../support/postgres.ts';
import { BUILT_IN_TYPES as ON_SERVER } from './rows/samples.ts';

/** What type a name is of: the identifier, for an array that of the array. */
function named(name: string): number | undefined {
  const found = typeByName(name);
  return found && (found.dimensions === 0 ? found.type.oid : found.type.arrayOid);
}

describePostgres('the table of built-in types', (context) => {
  it('has every one that is no array, and what each is made of, as pg_type has it', async () => {
    const names = BUILT_IN_TYPES.map(({ name }) => name);
    const types = (await context().sql(ON_SERVER)).map((row) => String(row['typname']));
    assert.deepEqual(names.filter((name) => types.includes(name)).sort(), types.toSorted());
    const text = `SELECT t.typname AS name, t.oid::int, t.typarray::int AS "arrayOid", t.typdelim AS delimiter, part.typname AS of
      FROM pg_type t LEFT JOIN pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
      LEFT JOIN pg_type part ON part.oid = CASE t.oid WHEN r.rngtypid THEN r.rngsubtype ELSE r.rngtypid END
      WHERE t.typname = ANY($1) AND t.typnamespace = 'pg_catalog'::regnamespace ORDER BY t.typname COLLATE "C"`;
    const rows = (await context().sql(text, [names])).map((row) => ({ ...row, of: row['of'] ?? undefined }));
    assert.deepEqual(
      BUILT_IN_TYPES.map((type) => ({ ...type })),
      rows,
    );
  });

  it('gives for each name that the server shows, and for its array, what the server has for it', async () => {
    const shown = await context().sql(
      `SELECT format_type(oid, NULL) AS name, oid::int FROM pg_type
         WHERE typnamespace = 'pg_catalog'::regnamespace AND (oid = ANY($1) OR typelem = ANY($1) AND typcategory = 'A')`,
      [BUILT_IN_TYPES.map(({ oid }) => oid)],
    );
    assert.ok(shown.length > BUILT_IN_TYPES.length);
    for (const { name, oid } of shown) assert.equal(named(String(name)), oid, String(name));
  });

  const spellings = [
    ...['bigint', 'INT', ' integer ', 'smallint', 'boolean', 'dec', 'decimal(10)', 'numeric(10, -2)', 'real', 'float'],
    ...[
      'float(24)',
      'float(25)',
      'double  precision',
      'bit(3)',
      'bit varying(3)',
      'char',
      'char(3)',
      'character varying(3)',
    ],
    ...['char varying', 'varchar(20)', '"char"', 'pg_catalog."char"', 'PG_CATALOG.Int4', 'pg_catalog.int4[]', '"int4"'],
    ...[
      'time(3) with time zone',
      'time without time zone',
      'timestamp (3) with time zone',
      'TIMESTAMP WITHOUT TIME ZONE',
    ],
    ...['interval', 'interval(3)', 'interval year to month', 'interval day to second(3)'],
    ...['text[]', 'text [] []', 'text[3][4]', '_text', '"_text"', 'numeric(10,2)[]', '"char"[]', 'char[]'],
  ];
  it("takes names as the server's own parser does", async () => {
    for (const spelling of spellings) {
      const [row] = await context().sql('SELECT pg_typeof(NULL::' + spelling + ')::oid::int AS oid');
      assert.equal(named(spelling), row?.['oid'], spelling);
    }
  });
});

describe('the table of built-in types', () => {
  for (const name of [
    '',
    'constructor',
    '__proto__',
    'int5',
    '"INT4"',
    '"int4',
    'int4[',
    'pg_node_tree[]',
    'public.int4',
  ]) {
    it(`has none that is called ${JSON.stringify(name)}`, () => {
      assert.equal(typeByName(name), undefined);
    });
  }

  it('finds a type and an array by identifier, and nothing for one that is none', () => {
    assert.deepEqual(typeByOid(OID.int4), typeByName('int4'));
    assert.deepEqual(typeByOid(1007), typeByName('int4[]'));
    assert.deepEqual([0, -1, 1, NaN].map(typeByOid), [undefined, undefined, undefined, undefined]);
  });
});
