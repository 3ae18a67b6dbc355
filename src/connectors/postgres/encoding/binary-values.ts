/** Writers of values for the binary format, by type. A type without one is refused before anything is sent. */
import { arrayWriter, multirangeWriter, rangeWriter, recordWriter } from './binary-nested.ts';
import * as dates from './binary-dates.ts';
import * as numbers from './binary-numbers.ts';
import * as places from './binary-places.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ColumnType } from './column-type.ts';
import { misfit } from './misfit.ts';
import type { WriteValue } from './text-values.ts';
import { writeUtf8 } from './utf8.ts';
import { bytesOf, isJson, textOf } from './value-texts.ts';

/** Built-in types by their names, which are theirs alone in pg_catalog. */
const WRITERS: Readonly<Record<string, WriteValue>> = {
  ...{ bool: numbers.writeBoolean, int2: numbers.writeInt16, int4: numbers.writeInt32, int8: numbers.writeInt64 },
  ...{ float4: numbers.writeFloat32, float8: numbers.writeFloat64, numeric: numbers.writeNumeric },
  ...{ oid: numbers.writeUint32, xid: numbers.writeUint32, cid: numbers.writeUint32, xid8: numbers.writeUint64 },
  ...{ date: dates.writeDays, timestamp: dates.writeTimestamp, timestamptz: dates.writeTimestamptz },
  ...{ time: dates.writeTime, timetz: dates.writeTimetz, interval: dates.writeInterval },
  ...{ inet: places.inetWriter(false), cidr: places.inetWriter(true), uuid: places.writeUuid },
  ...{ macaddr: places.writeMacaddr, macaddr8: places.writeMacaddr8 },
  ...{ bit: places.writeBits, varbit: places.writeBits },
  ...{ point: places.writePoint, line: places.writeLine, lseg: places.writeSegment, box: places.writeBox },
  ...{ path: places.writePath, polygon: places.writePolygon, circle: places.writeCircle },
  ...{ pg_lsn: places.writeLsn, tid: places.writeTid },
  ...{ pg_snapshot: places.writeSnapshot, txid_snapshot: places.writeSnapshot },
  ...{ bytea: writeBytes, char: writeChar },
};
/** What is sent as it is written. */
const TEXTS: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name', 'xml', 'json', 'refcursor']);
/** The same behind the number of their form's version. */
const VERSIONED: ReadonlySet<string> = new Set(['jsonb', 'jsonpath']);
/** Of what a server is made with (FirstNormalObjectId): above it a name may be anybody's. */
const BUILT_IN = 16_384;

/** The writer for a type, without its length before it; undefined where there is none. */
export function binaryWriter(type: ColumnType): WriteValue | undefined {
  const { name, oid, kind, of, fields } = type;
  if (kind === 'enum') return writeText(type);
  if (kind === 'composite') return ofRecord(fields ?? []);
  const ofPart = of === undefined ? undefined : binaryWriter(of);
  if (kind === 'array') return of === undefined || ofPart === undefined ? undefined : ofArray(type, of, ofPart);
  if (kind === 'range') return ofPart === undefined ? undefined : rangeWriter(ofPart);
  if (kind === 'multirange') {
    const ofBound = of?.of === undefined ? undefined : binaryWriter(of.of);
    return ofBound === undefined ? undefined : multirangeWriter(ofBound);
  }
  if (oid >= BUILT_IN) return undefined;
  if (TEXTS.has(name)) return writeText(type);
  if (VERSIONED.has(name)) return versioned(writeText(type));
  return WRITERS[name];
}

function ofArray(type: ColumnType, element: ColumnType, write: WriteValue): WriteValue {
  const depth = isJson(element) ? Math.max(1, type.dimensions ?? 1) : Infinity;
  return arrayWriter({ type: element, write, depth });
}

function ofRecord(fields: readonly ColumnType[]): WriteValue | undefined {
  const written = fields.flatMap((type) => {
    const write = binaryWriter(type);
    return write === undefined ? [] : [{ type, write }];
  });
  return written.length < fields.length ? undefined : recordWriter(written);
}

function writeText(type: ColumnType): WriteValue {
  const text = textOf(type);
  return (out, value) => writeUtf8(out, typeof value === 'string' ? value : text(value));
}

function versioned(write: WriteValue): WriteValue {
  return (out, value) => {
    out.putByte(1);
    write(out, value);
  };
}

const ESCAPED = /^(?:[^\\]|\\\\|\\[0-3][0-7]{2})*$/;

function writeBytes(out: ByteBuffer, value: unknown): void {
  if (ArrayBuffer.isView(value)) out.put(bytesOf(value));
  else if (value instanceof ArrayBuffer) out.put(new Uint8Array(value));
  else if (typeof value !== 'string') throw misfit('is no bytes');
  else if (/^\\x(?:[\da-f]{2})*$/i.test(value)) out.put(Buffer.from(value.slice(2), 'hex'));
  else if (ESCAPED.test(value) && !value.startsWith('\\x')) out.put(unescaped(value));
  else throw misfit('is no bytea');
}

/** The old form of bytea (manual, "bytea Escape Format"). */
function unescaped(text: string): Buffer {
  return Buffer.concat(
    Array.from(text.matchAll(/\\(\d{3})|\\(\\)|([^\\]+)/g), ([, octal, backslash, plain]) =>
      octal === undefined ? Buffer.from(backslash ?? plain ?? '') : Buffer.of(Number.parseInt(octal, 8)),
    ),
  );
}

/** One byte: `"char"` writes what is not ASCII in octal, and nothing for zero. */
function writeChar(out: ByteBuffer, value: unknown): void {
  const text = typeof value === 'string' ? value : '\0';
  const octal = /^\\([0-3][0-7]{2})$/.exec(text)?.[1];
  if (octal !== undefined) out.putByte(Number.parseInt(octal, 8));
  else if (text === '') out.putByte(0);
  // eslint-disable-next-line no-control-regex
  else if (/^[\x01-\x7f]$/.test(text)) out.putByte(text.charCodeAt(0));
  else throw misfit('is no single character of ASCII');
}
