/** The texts of all types whose binary form says as much as their text. */
import { BUILT_IN_TYPES, OID } from '../../built-in-types.ts';
import { array, multirange, range, vector } from './containers.ts';
import type { Writer } from './cursor.ts';
import { float4, float8 } from './floats.ts';
import { box, circle, line, lseg, path, point, polygon } from './geometry.ts';
import { cidr, inet, logPosition, macaddr, macaddr8, snapshot, tuplePosition } from './networks.ts';
import { bool, int2, int4, int8, numeric, oid, xid8 } from './numbers.ts';
import { tsquery, tsvector } from './search.ts';
import { bits, bytea, char, text, uuid, versionedText } from './texts.ts';
import { date, interval, time, timestamp, timestamptz, timetz } from './times.ts';

/**
 * Not here: what is sent as the identifier of something that has a name (`regclass` and its like), what depends on a
 * setting that is not sent (`money`), and what the server keeps to itself.
 */
const PLAIN: Readonly<Record<string, Writer>> = {
  ...{ bool, int2, int4, int8, oid, numeric, float4, float8, xid8, bit: bits, varbit: bits },
  ...{ xid: oid, cid: oid, tid: tuplePosition, pg_lsn: logPosition, pg_snapshot: snapshot, txid_snapshot: snapshot },
  ...{ text, varchar: text, bpchar: text, name: text, refcursor: text, json: text, xml: text, char, bytea, uuid },
  ...{ jsonb: versionedText, jsonpath: versionedText, date, time, timetz, timestamp, timestamptz, interval },
  ...{ inet, cidr, macaddr, macaddr8, point, lseg, box, path, polygon, line, circle, tsvector, tsquery },
};

const BOUNDS: Readonly<Record<string, Writer>> = {
  ...{ int4: int4, int8: int8, num: numeric, date: date, ts: timestamp, tstz: timestamptz },
};

let writers: ReadonlyMap<number, Writer> | undefined;

/** Undefined for a type that cannot be read from its binary form. */
export function binaryWriter(dataTypeID: number): Writer | undefined {
  writers ??= new Map(all());
  return writers.get(dataTypeID);
}

function* all(): Generator<[oid: number, writer: Writer]> {
  yield [OID.int2vector, vector(int2, OID.int2)];
  yield [OID.oidvector, vector(oid, OID.oid)];
  const ranges = Object.entries(BOUNDS).flatMap(([name, bound]): [string, Writer][] => [
    [`${name}range`, range(bound)],
    [`${name}multirange`, multirange(range(bound))],
  ]);
  const named = new Map([...Object.entries(PLAIN), ...ranges]);
  for (const { name, oid: element, arrayOid, delimiter } of BUILT_IN_TYPES) {
    const writer = named.get(name);
    if (writer === undefined) continue;
    yield [element, writer];
    yield [arrayOid, array(writer, element, delimiter)];
  }
}
