/** The types that every supported server has, under the identifiers that never change (pg_type.dat). */
import { connectorError } from '../../../errors.ts';

/** Name, identifier, identifier of its array; 0 is none. */
export const BUILT_IN_TYPES: readonly (readonly [name: string, oid: number, arrayOid: number])[] = [
  ['aclitem', 1033, 1034],
  ['bit', 1560, 1561],
  ['bool', 16, 1000],
  ['box', 603, 1020],
  ['bpchar', 1042, 1014],
  ['bytea', 17, 1001],
  ['char', 18, 1002],
  ['cid', 29, 1012],
  ['cidr', 650, 651],
  ['circle', 718, 719],
  ['date', 1082, 1182],
  ['datemultirange', 4535, 6155],
  ['daterange', 3912, 3913],
  ['float4', 700, 1021],
  ['float8', 701, 1022],
  ['gtsvector', 3642, 3644],
  ['inet', 869, 1041],
  ['int2', 21, 1005],
  ['int2vector', 22, 1006],
  ['int4', 23, 1007],
  ['int4multirange', 4451, 6150],
  ['int4range', 3904, 3905],
  ['int8', 20, 1016],
  ['int8multirange', 4536, 6157],
  ['int8range', 3926, 3927],
  ['interval', 1186, 1187],
  ['json', 114, 199],
  ['jsonb', 3802, 3807],
  ['jsonpath', 4072, 4073],
  ['line', 628, 629],
  ['lseg', 601, 1018],
  ['macaddr', 829, 1040],
  ['macaddr8', 774, 775],
  ['money', 790, 791],
  ['name', 19, 1003],
  ['numeric', 1700, 1231],
  ['nummultirange', 4532, 6151],
  ['numrange', 3906, 3907],
  ['oid', 26, 1028],
  ['oidvector', 30, 1013],
  ['path', 602, 1019],
  ['pg_brin_bloom_summary', 4600, 0],
  ['pg_brin_minmax_multi_summary', 4601, 0],
  ['pg_dependencies', 3402, 0],
  ['pg_lsn', 3220, 3221],
  ['pg_mcv_list', 5017, 0],
  ['pg_ndistinct', 3361, 0],
  ['pg_node_tree', 194, 0],
  ['pg_snapshot', 5038, 5039],
  ['point', 600, 1017],
  ['polygon', 604, 1027],
  ['refcursor', 1790, 2201],
  ['regclass', 2205, 2210],
  ['regcollation', 4191, 4192],
  ['regconfig', 3734, 3735],
  ['regdictionary', 3769, 3770],
  ['regnamespace', 4089, 4090],
  ['regoper', 2203, 2208],
  ['regoperator', 2204, 2209],
  ['regproc', 24, 1008],
  ['regprocedure', 2202, 2207],
  ['regrole', 4096, 4097],
  ['regtype', 2206, 2211],
  ['text', 25, 1009],
  ['tid', 27, 1010],
  ['time', 1083, 1183],
  ['timestamp', 1114, 1115],
  ['timestamptz', 1184, 1185],
  ['timetz', 1266, 1270],
  ['tsmultirange', 4533, 6152],
  ['tsquery', 3615, 3645],
  ['tsrange', 3908, 3909],
  ['tstzmultirange', 4534, 6153],
  ['tstzrange', 3910, 3911],
  ['tsvector', 3614, 3643],
  ['txid_snapshot', 2970, 2949],
  ['uuid', 2950, 2951],
  ['varbit', 1562, 1563],
  ['varchar', 1043, 1015],
  ['xid', 28, 1011],
  ['xid8', 5069, 271],
  ['xml', 142, 143],
];

/** What SQL calls some of them (Postgres manual, "Data Types"). */
const ALIASES: Readonly<Record<string, string>> = {
  bigint: 'int8',
  'bit varying': 'varbit',
  boolean: 'bool',
  character: 'bpchar',
  'character varying': 'varchar',
  dec: 'numeric',
  decimal: 'numeric',
  'double precision': 'float8',
  float: 'float8',
  int: 'int4',
  integer: 'int4',
  real: 'float4',
  smallint: 'int2',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};

let identifiers: ReadonlyMap<string, number> | undefined;

/**
 * The identifier of a type by its name as `format_type` gives it, or as pg_type has it. What stands in parentheses, such
 * as a length, is of no matter to a value.
 *
 * @throws ConfigError `CONFIG_INVALID` for a name that is none.
 */
export function typeOid(type: string | number): number {
  if (typeof type !== 'string') {
    if (Number.isInteger(type) && type > 0 && type < 2 ** 32) return type;
    throw connectorError('CONFIG_INVALID', 'a type is the name of a built-in type, or an object identifier of pg_type');
  }
  identifiers ??= new Map(
    BUILT_IN_TYPES.flatMap(([name, oid, arrayOid]): [string, number][] => [
      [name, oid],
      [`_${name}`, arrayOid],
    ]),
  );
  const plain = type
    .replace(/\([\d, ]*\)/, '')
    .replace(/\s+/g, ' ')
    .trim();
  const element = plain.replace(/(\s*\[\d*\])+$/, '');
  const quoted = /^"([^"]*)"$/.exec(element)?.[1];
  // `"char"` is another type than the SQL name without quotes.
  const name = quoted ?? (element.toLowerCase() === 'char' ? 'bpchar' : element.toLowerCase());
  // `interval day to second` and the like.
  const base = name.startsWith('interval ') ? 'interval' : name;
  const known = quoted === undefined && Object.hasOwn(ALIASES, base) ? ALIASES[base] : base;
  const oid = identifiers.get(plain === element ? `${known}` : `_${known}`) ?? 0;
  if (oid > 0) return oid;
  throw connectorError(
    'CONFIG_INVALID',
    `no built-in type is called ${JSON.stringify(type.slice(0, 100))}: give its object identifier of pg_type`,
  );
}
