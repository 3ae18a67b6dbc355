/** Arrays, ranges and rows as their receive functions read them (arrayfuncs.c, rangetypes.c, multirangetypes.c, rowtypes.c). */
import { MOST_DIMENSIONS, RANGE } from '../copy/binary-format.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import type { ColumnType } from './column-type.ts';
import { parseArray, parseMultirange, parseRange, parseRecord } from './literals.ts';
import type { RangeLiteral } from './literals.ts';
import { misfit } from './misfit.ts';
import { sized } from './sized.ts';
import type { WriteValue } from './text-values.ts';

/** What the wire calls the type of an element or a field. */
function oidOf({ oid, domain }: ColumnType): number {
  return domain ?? oid;
}

export interface ArrayElements {
  readonly type: ColumnType;
  readonly write: WriteValue;
  /** Dimensions at most: what lies deeper is an element. */
  readonly depth: number;
}

export function arrayWriter({ type, write, depth }: ArrayElements): WriteValue {
  const writeSized = sized(write);
  return (out, value) => {
    const { values, lowerBounds } = literal(value, type.delimiter);
    // What is nested in a literal is nested for PostgreSQL.
    const sizes = sizesOf(values, typeof value === 'string' ? Infinity : depth);
    // `{{}}` has nothing in it, and no dimension either.
    const elements = sizes.length === 0 ? [] : elementsOf(values, sizes.length - 1);
    out.putInt32(sizes.length);
    out.putInt32(elements.some((element) => element === null || element === undefined) ? 1 : 0);
    out.putInt32(oidOf(type));
    for (const [dimension, size] of sizes.entries()) {
      out.putInt32(size);
      out.putInt32(lowerBounds[dimension] ?? 1);
    }
    for (const element of elements) putOrNull(out, element, writeSized);
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
    level = elementsOf(nested, 1);
  }
  return level.length === 0 ? [] : sizes;
}

/** Of so many levels of arrays; unlike `flat`, what is missing in one is an element. */
function elementsOf(values: readonly unknown[], levels: number): readonly unknown[] {
  if (levels === 0) return values;
  return elementsOf(
    (values as readonly (readonly unknown[])[]).flatMap((part) => Array.from(part)),
    levels - 1,
  );
}

export function rangeWriter(writeBound: WriteValue): WriteValue {
  const write = writerOfRanges(writeBound);
  return (out, value) => {
    if (typeof value !== 'string') throw misfit('is no range');
    write(out, parseRange(value));
  };
}

export function multirangeWriter(writeBound: WriteValue): WriteValue {
  const write = sized(writerOfRanges(writeBound));
  return (out, value) => {
    if (typeof value !== 'string') throw misfit('is no multirange');
    const ranges = parseMultirange(value);
    out.putInt32(ranges.length);
    for (const range of ranges) write(out, range);
  };
}

function writerOfRanges(writeBound: WriteValue): (out: ByteBuffer, range: RangeLiteral) => void {
  const write = sized(writeBound);
  return (out, { isEmpty, includesLower, includesUpper, lower, upper }) => {
    if (isEmpty) {
      out.putByte(RANGE.empty);
      return;
    }
    const ofLower = lower === undefined ? RANGE.lowerInfinite : includesLower ? RANGE.lowerIncluded : 0;
    const ofUpper = upper === undefined ? RANGE.upperInfinite : includesUpper ? RANGE.upperIncluded : 0;
    out.putByte(ofLower | ofUpper);
    for (const bound of [lower, upper]) if (bound !== undefined) write(out, bound);
  };
}

export function recordWriter(fields: readonly { readonly type: ColumnType; readonly write: WriteValue }[]): WriteValue {
  const written = fields.map(({ type, write }) => ({ oid: oidOf(type), write: sized(write) }));
  return (out, value) => {
    if (typeof value !== 'string') throw misfit("is no row in PostgreSQL's own form");
    const values = parseRecord(value);
    if (values.length !== fields.length)
      throw misfit(`is a row of ${values.length} fields instead of ${fields.length}`);
    out.putInt32(fields.length);
    for (const [index, { oid, write }] of written.entries()) {
      out.putInt32(oid);
      putOrNull(out, values[index], write);
    }
  };
}

/** `write` writes the length as well. */
function putOrNull(out: ByteBuffer, value: unknown, write: WriteValue): void {
  if (value === null || value === undefined) out.putInt32(-1);
  else write(out, value);
}
