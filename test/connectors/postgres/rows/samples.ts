/** Values of every built-in type as literals, extremes included. What is not here takes no literal. */
export const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  aclitem: ['postgres=r/postgres'],
  bit: ['0', '1'],
  bool: ['t', 'f'],
  box: ['(1,1),(0,0)', '(1e300,-1e300),(0.1,-0.1)'],
  bpchar: ['', 'a', 'padded   ', 'ü€😀'],
  bytea: ['\\x', '\\x00ff5c27', '\\x5c5c'],
  char: ['a', '', '\\377'],
  cid: ['0', '4294967295'],
  cidr: ['10.0.0.0/8', '::/0', '2001:db8::/32'],
  circle: ['<(1,2),3>', '<(0.1,-1e10),0>'],
  date: ['2026-11-20', '0001-01-01', '4713-01-01 BC', '5874897-12-31', 'infinity', '-infinity', '1582-10-10'],
  datemultirange: ['{}', '{[2026-01-01,2026-02-01),[2026-03-01,)}'],
  daterange: ['empty', '[2026-01-01,2026-02-01)', '(,)'],
  float4: ['0', '-0', '1.5', '3.4028235e38', '1e-45', 'NaN', 'Infinity', '-Infinity'],
  float8: ['0', '-0', '0.1', '1.7976931348623157e308', '5e-324', 'NaN', 'Infinity', '-Infinity', '123456789012345'],
  inet: ['127.0.0.1', '192.168.0.1/24', '::1', 'fe80::1/64'],
  int2: ['0', '-32768', '32767'],
  int4: ['0', '-2147483648', '2147483647'],
  int4multirange: ['{}', '{[1,3),[5,9)}'],
  int4range: ['empty', '[1,10)', '(,5)'],
  int8: ['0', '-9223372036854775808', '9223372036854775807', '9007199254740993'],
  int8multirange: ['{[1,3)}'],
  int8range: ['[-9223372036854775808,9223372036854775807)'],
  interval: ['0', '1 year 2 mons 3 days 04:05:06.789', '-178000000 years', '178000000 years', '-00:00:00.000001'],
  json: ['null', '{"a":[1,2.5,"ü\\n"],"big":9007199254740993}', ' [ ] ', '""'],
  jsonb: ['null', '{"a":[1,2.5,"ü\\n"],"big":9007199254740993}', 'true'],
  jsonpath: ['$.a[*] ? (@ > 1)'],
  line: ['{1,2,3}'],
  lseg: ['[(0,0),(1,1)]'],
  macaddr: ['08:00:2b:01:02:03'],
  macaddr8: ['08:00:2b:01:02:03:04:05'],
  money: ['0', '-92233720368547758.08', '92233720368547758.07'],
  name: ['pg_type', ''],
  numeric: ['0', '0.00', '-1.50', '1e1000', '123456789012345678901234567890.123456789', 'NaN', 'Infinity', '-Infinity'],
  nummultirange: ['{[0.1,0.2)}'],
  numrange: ['[0.1,1e20)', 'empty'],
  oid: ['0', '4294967295'],
  path: ['((0,0),(1,1))', '[(0,0),(1,1)]'],
  pg_lsn: ['0/0', 'FFFFFFFF/FFFFFFFF'],
  pg_snapshot: ['10:20:10,14,15'],
  point: ['(1,2)', '(1e300,-0.1)', '(NaN,Infinity)'],
  polygon: ['((0,0),(1,1),(1,0))'],
  refcursor: ['portal'],
  regclass: ['pg_type', '-'],
  regcollation: ['"C"'],
  regconfig: ['english'],
  regdictionary: ['simple'],
  regnamespace: ['pg_catalog'],
  regoper: ['||/'],
  regoperator: ['+(integer,integer)'],
  regproc: ['now'],
  regprocedure: ['now()'],
  regrole: ['postgres'],
  regtype: ['integer'],
  text: [
    '',
    'a',
    'twelve chars',
    'longer than twelve',
    'tab\tline\nquote"back\\',
    'ü',
    '€uro',
    '😀 emoji',
    '\\N',
    'NULL',
  ],
  tid: ['(0,1)', '(4294967295,65535)'],
  time: ['00:00:00', '24:00:00', '12:34:56.789012'],
  timestamp: [
    '2026-11-20 12:34:56',
    '2026-11-20 12:34:56.789',
    '2026-11-20 12:34:56.789999',
    '2026-11-20 12:34:56.000001',
    '2026-11-20 12:34:56.563',
    '1969-12-31 23:59:59.999999',
    '0001-01-01 00:00:00',
    '0099-12-31 23:59:59',
    '4713-01-01 00:00:00 BC',
    '294276-12-31 23:59:59.999999',
    'infinity',
    '-infinity',
  ],
  timestamptz: [
    '2026-11-20 12:34:56+00',
    '2026-11-20 12:34:56.789012+05:45',
    '1883-11-18 12:03:57-04:56:02',
    '0044-03-15 12:00:00+00 BC',
    '294276-12-31 23:59:59.999999+00',
    'infinity',
    '-infinity',
  ],
  timetz: ['00:00:00+00', '24:00:00-15:59:59', '12:34:56.789012+05:45'],
  tsmultirange: ['{["2026-01-01 00:00:00","2026-01-02 00:00:00")}'],
  tsquery: ["'fat' & ( 'rat' | 'cat' )"],
  tsrange: ['["2026-01-01 00:00:00.5",infinity)'],
  tstzmultirange: ['{["2026-01-01 00:00:00+00","2026-01-02 00:00:00+00")}'],
  tstzrange: ['["2026-01-01 00:00:00+00",)'],
  tsvector: ["'a':1A 'fat':2B,4C 'cat':5", ''],
  txid_snapshot: ['10:20:10,14,15'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  varbit: ['', '101'],
  varchar: ['', 'ü€😀'],
  xid: ['0', '4294967295'],
  xid8: ['18446744073709551615'],
  xml: ['<a b="c">ü</a>', ''],
};

/** Types whose input the server refuses, and what index support keeps in its own: they are read as NULL. */
export const WITHOUT_LITERALS: readonly string[] = [
  'gtsvector',
  'pg_brin_bloom_summary',
  'pg_brin_minmax_multi_summary',
  'pg_dependencies',
  'pg_mcv_list',
  'pg_ndistinct',
  'pg_node_tree',
];

/** Every base, range and multirange type that is not an array. */
export const BUILT_IN_TYPES = `SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace
  AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' ORDER BY typname COLLATE "C"`;

/** Days on which clocks are changed somewhere, in steps that are in the gap, in the overlap and beside them. */
export const CLOCK_CHANGES = `SELECT t, t::timestamptz AS z, t::date AS d, t + interval '0.563 s' AS f
  FROM unnest(ARRAY['2026-03-07', '2026-03-28', '2026-04-04', '2026-10-03', '2026-10-24', '2026-10-31', '1986-01-01']::timestamp[]) day,
  generate_series(day, day + interval '3 days', interval '13 minutes') t`;
/** One column for each value: plain, in an array, nested with NULL. */
export function sampleQueries(): string[] {
  return Object.entries(SAMPLES).flatMap(([type, values]) => {
    const literal = (value: string): string => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
    const plain = values.map((value, index) => `${literal(value)}::"${type}" AS c${index}`);
    const all = values.map((value) => `${literal(value)}::"${type}"`).join(', ');
    const nested = `ARRAY[ARRAY[${all}], ARRAY[${values.map(() => 'NULL').join(', ')}]]::"${type}"[]`;
    const arrays = `ARRAY[${all}]::"${type}"[] AS of_all, '{}'::"${type}"[] AS of_none, ${nested} AS nested`;
    return [`SELECT ${plain.join(', ')}, NULL::"${type}" AS absent, ${arrays}`];
  });
}
