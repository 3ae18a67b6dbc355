/** The columns of a table and their types, read from the catalogue inside the transaction that will write to them. */
import type { ColumnType } from '../encoding/column-type.ts';
import { quoteLiteral } from '../identifiers.ts';
import type { Lease } from '../lease.ts';
import { assertCurrent } from './current-columns.ts';

export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** The server computes it: it takes no values. */
  readonly isGenerated: boolean;
}

const KINDS: Readonly<Record<string, ColumnType['kind']>> = {
  ...{ b: 'base', e: 'enum', r: 'range', m: 'multirange', c: 'composite', p: 'pseudo' },
};

/** A row of pg_type, with what other types it is made of. */
interface TypeRow {
  readonly name: string;
  readonly kind: string;
  readonly delimiter: string;
  /** Of a domain. */
  readonly base: string;
  /** Of an array. */
  readonly element: string;
  /** Of a range its bounds', of a multirange its ranges'. */
  readonly part: string;
  readonly fields: string;
}

/**
 * In the table's order. `table` is quoted, as in a command. Until the transaction is over nobody can alter them.
 *
 * The lock is that which COPY takes later. `LOCK TABLE` asks for more privileges than COPY does and knows no foreign
 * tables; a plan of an INSERT locks as well, needs a privilege for one column, and nothing of it is run.
 */
export async function tableColumns(lease: Lease, table: string): Promise<TableColumn[]> {
  const lock = `EXPLAIN INSERT INTO ${table} DEFAULT VALUES`;
  const relation = `${quoteLiteral(table)}::pg_catalog.regclass`;
  const own = `attrelid = ${relation} AND attnum > 0 AND NOT attisdropped`;
  const columns = `SELECT attname::text AS name, atttypid::text AS type, attndims::text AS dimensions, attgenerated::text AS generated FROM pg_catalog.pg_attribute WHERE ${own} ORDER BY attnum`;
  const fields = `ARRAY(SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped ORDER BY attnum)`;
  const element = "CASE WHEN typinput = 'pg_catalog.array_in'::pg_catalog.regproc THEN typelem ELSE 0 END";
  const part = 'coalesce(ranges.rngsubtype, multiranges.rngtypid, 0)';
  const from = `pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_range ranges ON ranges.rngtypid = t.oid LEFT JOIN pg_catalog.pg_range multiranges ON multiranges.rngmultitypid = t.oid`;
  const types = `WITH RECURSIVE used (oid) AS (
    SELECT atttypid FROM pg_catalog.pg_attribute WHERE ${own}
    UNION SELECT unnest(ARRAY[typbasetype, ${element}, ${part}] || ${fields}) FROM used JOIN (${from}) USING (oid)
  ) SELECT oid::text, typname::text AS name, typtype::text AS kind, typdelim::text AS delimiter, typbasetype::text AS base, (${element})::text AS element, (${part})::text AS part, array_to_string(${fields}, ' ') AS fields
    FROM used JOIN (${from}) USING (oid)`;
  const isolation = "SELECT current_setting('transaction_isolation') AS isolation";
  const [, found, described, kept] = await lease.query(`${lock}; ${columns}; ${types}; ${isolation}`);
  const typeRows = (described?.rows ?? []) as unknown as readonly ({ readonly oid: string } & TypeRow)[];
  const typeOf = typesOf(new Map(typeRows.map((row) => [row.oid, row])));
  const rows = (found?.rows ?? []) as unknown as readonly Readonly<
    Record<'name' | 'type' | 'dimensions' | 'generated', string>
  >[];
  const all = rows.map(({ name, type, dimensions, generated }) => ({
    name,
    type: { ...typeOf(type), dimensions: Number(dimensions) },
    isGenerated: generated !== '',
  }));
  // Every other isolation reads the catalogue as it was before the lock.
  if (kept?.rows[0]?.['isolation'] !== 'read committed') await assertCurrent(lease.client, table, all);
  return all;
}

/** A type holds no value of its own kind, so that this comes to an end. */
function typesOf(rows: ReadonlyMap<string, TypeRow>): (oid: string) => ColumnType {
  const typeOf = (oid: string): ColumnType => {
    const row = rows.get(oid);
    if (row === undefined) return { ...{ name: oid, oid: Number(oid), kind: 'pseudo', delimiter: ',' } };
    const { name, kind, delimiter, base, element, part, fields } = row;
    if (base !== '0') return { ...typeOf(base), domain: Number(oid) };
    const type = { name, oid: Number(oid), kind: KINDS[kind] ?? 'pseudo', delimiter };
    if (element !== '0') return { ...type, kind: 'array', of: typeOf(element) };
    if (part !== '0') return { ...type, of: typeOf(part) };
    return fields === '' ? type : { ...type, fields: fields.split(' ').map(typeOf) };
  };
  return typeOf;
}
