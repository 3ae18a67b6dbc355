/** Arrays, ranges and rows as their receive functions read them (arrayfuncs.c, rangetypes.c, multirangetypes.c, rowtypes.c). */
import type { ByteBuffer } from './byte-buffer.ts';
import type { ColumnType } from './column-type.ts';
import { parseArray, parseMultirange, parseRange, parseRecord } from './literals.ts';
import type { RangeLiteral } from './literals.ts';
import { misfit } from './misfit.ts';
import type { WriteValue } from './text-values.ts';

/** What the wire calls the type of an element or a field. */
function oidOf({ oid, domain }: ColumnType): number {
  return domain ?? oid;
}

/** The server's limit (MAXDIM). */
const MOST_DIMENSIONS = 6;

export interface ArrayElements {
  readonly type: ColumnType;
  readonly write: WriteValue;
  /** Dimensions at most: what lies deeper is an element. */
  readonly depth: number;
}

export function arrayWriter({ type, write, depth }: ArrayElements): WriteValue {
  return (out, value) => {
    const { values, lowerBounds } = literal(value, type.delimiter);
    // What is nested in a literal is nested for PostgreSQL.
    const sizes = sizesOf(values, typeof value === 'string' ? Infinity : depth);
    const elements = sizes.length > 1 ? values.flat(sizes.length - 1) : values;
    out.putInt32(sizes.length);
    out.putInt32(elements.some((element) => element === null || element === undefined) ? 1 : 0);
    out.putInt32(oidOf(type));
    for (const [dimension, size] of sizes.entries()) {
      out.putInt32(size);
      out.putInt32(lowerBounds[dimension] ?? 1);
    }
    for (const element of elements) putOrNull(out, element, write);
  };
}

function literal(value: unknown, delimiter: string): ReturnType<typeof parseArray> {
  if (Array.isArray(value)) return { values: value as unknown[], lowerBounds: [] };
  if (typeof value === 'string') return parseArray(value, delimiter);
  throw misfit('is no array');
}

/** Of each dimension; none where there are no elements. */
function sizesOf(values: readonly unknown[], depth: number): number[] {
  const sizes: number[] = [];
  let level: readonly unknown[] = values;
  while (sizes.length < depth) {
    sizes.push(level.length / (sizes.reduce((product, size) => product * size, 1) || 1));
    if (sizes.length > MOST_DIMENSIONS) throw misfit('is an array of too many dimensions');
    const nested = level.filter((element) => Array.isArray(element)) as unknown[][];
    if (nested.length === 0 || sizes.length === depth) break;
    const [first] = nested;
    if (nested.length < level.length || nested.some(({ length }) => length !== first?.length)) {
      throw misfit('is an array whose parts are not all of one length');
    }
    level = nested.flat();
  }
  return level.length === 0 ? [] : sizes;
}

const EMPTY = 0x01;
const LOWER_INCLUDED = 0x02;
const UPPER_INCLUDED = 0x04;
const LOWER_INFINITE = 0x08;
const UPPER_INFINITE = 0x10;

export function rangeWriter(writeBound: WriteValue): WriteValue {
  return (out, value) => {
    if (typeof value !== 'string') throw misfit('is no range');
    putRange(out, parseRange(value), writeBound);
  };
}

export function multirangeWriter(writeBound: WriteValue): WriteValue {
  return (out, value) => {
    if (typeof value !== 'string') throw misfit('is no multirange');
    const ranges = parseMultirange(value);
    out.putInt32(ranges.length);
    for (const range of ranges) out.putSized(() => putRange(out, range, writeBound));
  };
}

function putRange(out: ByteBuffer, range: RangeLiteral, writeBound: WriteValue): void {
  const { isEmpty, includesLower, includesUpper, lower, upper } = range;
  if (isEmpty) {
    out.putByte(EMPTY);
    return;
  }
  const ofLower = lower === undefined ? LOWER_INFINITE : includesLower ? LOWER_INCLUDED : 0;
  const ofUpper = upper === undefined ? UPPER_INFINITE : includesUpper ? UPPER_INCLUDED : 0;
  out.putByte(ofLower | ofUpper);
  for (const bound of [lower, upper]) {
    if (bound !== undefined) out.putSized(() => writeBound(out, bound));
  }
}

export function recordWriter(fields: readonly { readonly type: ColumnType; readonly write: WriteValue }[]): WriteValue {
  return (out, value) => {
    if (typeof value !== 'string') throw misfit("is no row in PostgreSQL's own form");
    const values = parseRecord(value);
    if (values.length !== fields.length)
      throw misfit(`is a row of ${values.length} fields instead of ${fields.length}`);
    out.putInt32(fields.length);
    for (const [index, { type, write }] of fields.entries()) {
      out.putInt32(oidOf(type));
      putOrNull(out, values[index], write);
    }
  };
}

function putOrNull(out: ByteBuffer, value: unknown, write: WriteValue): void {
  if (value === null || value === undefined) out.putInt32(-1);
  else out.putSized(() => write(out, value));
}
