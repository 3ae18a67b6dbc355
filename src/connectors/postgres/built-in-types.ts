/** The types that every supported server has, under the identifiers that never change (pg_type.dat), and how they are called. */

export interface BuiltInType {
  /** As in pg_type. */
  readonly name: string;
  readonly oid: number;
  /** 0 for a type that has no array. */
  readonly arrayOid: number;
  /** Of a range its bounds' type, of a multirange its ranges'. */
  readonly of: string | undefined;
  /** Between the elements of its array. */
  readonly delimiter: string;
}

export interface NamedType {
  readonly type: BuiltInType;
  /** As they were named, 0 for the type itself, more for its array. */
  readonly dimensions: number;
}

type Entry = readonly [name: string, oid: number, arrayOid: number, of?: string];

const TABLE = [
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
  ['datemultirange', 4535, 6155, 'daterange'],
  ['daterange', 3912, 3913, 'date'],
  ['float4', 700, 1021],
  ['float8', 701, 1022],
  ['gtsvector', 3642, 3644],
  ['inet', 869, 1041],
  ['int2', 21, 1005],
  ['int2vector', 22, 1006],
  ['int4', 23, 1007],
  ['int4multirange', 4451, 6150, 'int4range'],
  ['int4range', 3904, 3905, 'int4'],
  ['int8', 20, 1016],
  ['int8multirange', 4536, 6157, 'int8range'],
  ['int8range', 3926, 3927, 'int8'],
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
  ['nummultirange', 4532, 6151, 'numrange'],
  ['numrange', 3906, 3907, 'numeric'],
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
  ['tsmultirange', 4533, 6152, 'tsrange'],
  ['tsquery', 3615, 3645],
  ['tsrange', 3908, 3909, 'timestamp'],
  ['tstzmultirange', 4534, 6153, 'tstzrange'],
  ['tstzrange', 3910, 3911, 'timestamptz'],
  ['tsvector', 3614, 3643],
  ['txid_snapshot', 2970, 2949],
  ['uuid', 2950, 2951],
  ['varbit', 1562, 1563],
  ['varchar', 1043, 1015],
  ['xid', 28, 1011],
  ['xid8', 5069, 271],
  ['xml', 142, 143],
] as const satisfies readonly Entry[];

export const BUILT_IN_TYPES: readonly BuiltInType[] = TABLE.map(([name, oid, arrayOid, of]: Entry) => ({
  ...{ name, oid, arrayOid, of },
  delimiter: name === 'box' ? ';' : ',',
}));

/** Identifiers by their names. */
export const OID = Object.fromEntries(TABLE.map(([name, oid]) => [name, oid])) as Readonly<
  Record<(typeof TABLE)[number][0], number>
>;

/** What SQL calls some of them (Postgres manual, "Data Types"). */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ bigint: 'int8', int: 'int4', integer: 'int4', smallint: 'int2' },
  ...{ boolean: 'bool', dec: 'numeric', decimal: 'numeric' },
  ...{ 'double precision': 'float8', float: 'float8', real: 'float4' },
  ...{ 'bit varying': 'varbit', 'char varying': 'varchar', 'character varying': 'varchar' },
  // `"char"` is another type than the SQL name without quotes.
  ...{ char: 'bpchar', character: 'bpchar' },
  ...{ 'time with time zone': 'timetz', 'time without time zone': 'time' },
  ...{ 'timestamp with time zone': 'timestamptz', 'timestamp without time zone': 'timestamp' },
};

/** Of `float(n)`: up to so many bits it is a float4. */
const FLOAT4_BITS = 24;

/** The type that has this identifier, or whose array has. */
export function typeByOid(oid: number): NamedType | undefined {
  const type = BUILT_IN_TYPES.find((one) => oid > 0 && (one.oid === oid || one.arrayOid === oid));
  return type && { type, dimensions: type.oid === oid ? 0 : 1 };
}

/**
 * The type that is called so, as in `CREATE TABLE`, by `format_type` or in pg_type: `int4`, `varchar(20)`, `timestamp(3)
 * with time zone`, `interval day to second`, `pg_catalog."char"`, `text[]`, `_text`.
 */
export function typeByName(given: string): NamedType | undefined {
  const brackets = /(?:\s*\[\d*\])*\s*$/.exec(given)?.[0] ?? '';
  const dimensions = brackets.split('[').length - 1;
  const words = given
    .slice(0, given.length - brackets.length)
    .trim()
    .replaceAll(/\s+/g, ' ')
    .replace(/^pg_catalog\s*\.\s*/i, '');
  const quoted = /^"(\w+)"$/.exec(words)?.[1];
  const name = quoted ?? nameOf(words.toLowerCase());
  const type = BUILT_IN_TYPES.find((one) => one.name === name);
  if (type !== undefined) return dimensions > 0 && type.arrayOid === 0 ? undefined : { type, dimensions };
  const element = BUILT_IN_TYPES.find((one) => one.arrayOid > 0 && `_${one.name}` === name);
  return element && dimensions === 0 ? { type: element, dimensions: 1 } : undefined;
}

/** Of the words that are not in quotes. A length or a precision in parentheses is of no matter to a value. */
function nameOf(words: string): string {
  const bits = /^float ?\( ?(\d+) ?\)$/.exec(words)?.[1];
  if (bits !== undefined) return Number(bits) > FLOAT4_BITS ? 'float8' : 'float4';
  const plain = words
    .replace(/ ?\([-\d, ]*\)/, ' ')
    .replaceAll(/ +/g, ' ')
    .trim();
  // `interval day to second` and the like.
  if (plain.startsWith('interval ')) return 'interval';
  return Object.hasOwn(ALIASES, plain) ? (ALIASES[plain] ?? plain) : plain;
}
