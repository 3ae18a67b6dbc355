/** The types that every server has, by name and by object identifier: for rows that are encoded without one. */
import { connectorError } from '../../../errors.ts';
import type { ColumnType } from './column-type.ts';

type Entry = readonly [name: string, oid: number, arrayOid: number, of?: string];

/** Of pg_type.dat, which only grows; 0 for a type that has no array. */
const ENTRIES: readonly Entry[] = [
  ['bool', 16, 1000],
  ['bytea', 17, 1001],
  ['char', 18, 1002],
  ['name', 19, 1003],
  ['int8', 20, 1016],
  ['int2', 21, 1005],
  ['int4', 23, 1007],
  ['regproc', 24, 1008],
  ['text', 25, 1009],
  ['oid', 26, 1028],
  ['tid', 27, 1010],
  ['xid', 28, 1011],
  ['cid', 29, 1012],
  ['json', 114, 199],
  ['xml', 142, 143],
  ['pg_node_tree', 194, 0],
  ['point', 600, 1017],
  ['lseg', 601, 1018],
  ['path', 602, 1019],
  ['box', 603, 1020],
  ['polygon', 604, 1027],
  ['line', 628, 629],
  ['cidr', 650, 651],
  ['float4', 700, 1021],
  ['float8', 701, 1022],
  ['circle', 718, 719],
  ['macaddr8', 774, 775],
  ['money', 790, 791],
  ['macaddr', 829, 1040],
  ['inet', 869, 1041],
  ['aclitem', 1033, 1034],
  ['bpchar', 1042, 1014],
  ['varchar', 1043, 1015],
  ['date', 1082, 1182],
  ['time', 1083, 1183],
  ['timestamp', 1114, 1115],
  ['timestamptz', 1184, 1185],
  ['interval', 1186, 1187],
  ['timetz', 1266, 1270],
  ['bit', 1560, 1561],
  ['varbit', 1562, 1563],
  ['numeric', 1700, 1231],
  ['refcursor', 1790, 2201],
  ['regprocedure', 2202, 2207],
  ['regoper', 2203, 2208],
  ['regoperator', 2204, 2209],
  ['regclass', 2205, 2210],
  ['regtype', 2206, 2211],
  ['uuid', 2950, 2951],
  ['txid_snapshot', 2970, 2949],
  ['pg_lsn', 3220, 3221],
  ['pg_ndistinct', 3361, 0],
  ['pg_dependencies', 3402, 0],
  ['tsvector', 3614, 3643],
  ['tsquery', 3615, 3645],
  ['gtsvector', 3642, 3644],
  ['regconfig', 3734, 3735],
  ['regdictionary', 3769, 3770],
  ['jsonb', 3802, 3807],
  ['jsonpath', 4072, 4073],
  ['regnamespace', 4089, 4090],
  ['regrole', 4096, 4097],
  ['regcollation', 4191, 4192],
  ['pg_brin_bloom_summary', 4600, 0],
  ['pg_brin_minmax_multi_summary', 4601, 0],
  ['pg_mcv_list', 5017, 0],
  ['pg_snapshot', 5038, 5039],
  ['xid8', 5069, 271],
  ['int4range', 3904, 3905, 'int4'],
  ['numrange', 3906, 3907, 'numeric'],
  ['tsrange', 3908, 3909, 'timestamp'],
  ['tstzrange', 3910, 3911, 'timestamptz'],
  ['daterange', 3912, 3913, 'date'],
  ['int8range', 3926, 3927, 'int8'],
  ['int4multirange', 4451, 6150, 'int4range'],
  ['nummultirange', 4532, 6151, 'numrange'],
  ['tsmultirange', 4533, 6152, 'tsrange'],
  ['tstzmultirange', 4534, 6153, 'tstzrange'],
  ['datemultirange', 4535, 6155, 'daterange'],
  ['int8multirange', 4536, 6157, 'int8range'],
];

/** As SQL calls them (manual, table 8.1). */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ bigint: 'int8', boolean: 'bool', decimal: 'numeric', int: 'int4', integer: 'int4', real: 'float4' },
  ...{ smallint: 'int2', 'double precision': 'float8', character: 'bpchar', char: 'bpchar' },
  ...{ 'character varying': 'varchar', 'bit varying': 'varbit', '"char"': 'char' },
  ...{ 'time without time zone': 'time', 'time with time zone': 'timetz' },
  ...{ 'timestamp without time zone': 'timestamp', 'timestamp with time zone': 'timestamptz' },
};

/**
 * The type that is called so, as in `CREATE TABLE`: `int4`, `varchar(20)`, `timestamp with time zone`, `text[]`; or that
 * has this object identifier.
 *
 * @throws ConfigError `CONFIG_INVALID` for a type that is not built in.
 */
export function builtInType(type: string | number): ColumnType {
  const found = typeof type === 'number' ? byOid(type) : byName(type);
  if (found !== undefined) return found;
  const advice = "leave the type out; in the binary format an enum or another type of text is 'text'";
  throw connectorError('CONFIG_INVALID', `${JSON.stringify(type)} is no built-in type: ${advice}`);
}

function byOid(oid: number): ColumnType | undefined {
  const entry = ENTRIES.find(([, own, ofArray]) => oid > 0 && (own === oid || ofArray === oid));
  if (entry === undefined) return undefined;
  return entry[1] === oid ? plain(entry) : arrayOf(entry, 1);
}

function byName(given: string): ColumnType | undefined {
  const brackets = /(?:\s*\[\d*\])*\s*$/.exec(given)?.[0] ?? '';
  const words = given.slice(0, given.length - brackets.length).replace(/\([^)]*\)/, ' ');
  const name = words
    .trim()
    .replaceAll(/\s+/g, ' ')
    .toLowerCase()
    .replace(/^pg_catalog\./, '');
  // In quotes it is a name of pg_type's: "char" is not what SQL calls char.
  const quoted = /^"(\w+)"$/.exec(name)?.[1];
  const wanted = quoted ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : name);
  const entry = ENTRIES.find(([own]) => own === wanted);
  const dimensions = brackets.split('[').length - 1;
  if (entry === undefined) return undefined;
  return dimensions === 0 ? plain(entry) : arrayOf(entry, dimensions);
}

function plain([name, oid, , of]: Entry): ColumnType {
  const type = { name, oid, delimiter: name === 'box' ? ';' : ',' };
  const part = of === undefined ? undefined : ENTRIES.find(([own]) => own === of);
  if (part === undefined) return { ...type, kind: 'base' };
  return { ...type, kind: name.endsWith('multirange') ? 'multirange' : 'range', of: plain(part) };
}

function arrayOf(entry: Entry, dimensions: number): ColumnType | undefined {
  const [name, , oid] = entry;
  if (oid === 0) return undefined;
  return { name: `_${name}`, oid, kind: 'array', delimiter: ',', of: plain(entry), dimensions };
}
