/** Arrays, ranges and multiranges as the server writes them (`array_out`, `range_out`, `multirange_out`). */
import { MOST_DIMENSIONS, RANGE } from '../../copy/binary-format.ts';
import { Cursor } from './cursor.ts';
import type { Writer } from './cursor.ts';

const LENGTH_BYTES = 4;

/** @param delimiter - What stands between elements: `;` for boxes. */
export function array(element: Writer, elementOid: number, delimiter = ','): Writer {
  const needsQuotes = new RegExp(`^$|^null$|[ \\t\\n\\r\\v\\f"\\\\{}${delimiter}]`, 'i');
  const written = (value: Cursor): string => {
    const text = part(value, element);
    if (text === undefined) return 'NULL';
    return needsQuotes.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : text;
  };
  return (value) => {
    const dimensions = dimensionsOf(value, elementOid);
    if (dimensions.length === 0) return '{}';
    const level = (depth: number): string => {
      const size = dimensions[depth]?.size;
      if (size === undefined) return written(value);
      return `{${Array.from({ length: size }, () => level(depth + 1)).join(delimiter)}}`;
    };
    const isShifted = dimensions.some(({ lower }) => lower !== 1);
    const bounds = dimensions.map(({ lower, size }) => `[${lower}:${lower + size - 1}]`);
    return `${isShifted ? `${bounds.join('')}=` : ''}${level(0)}`;
  };
}

/** `int2vector` and `oidvector`: arrays of one dimension that are written without braces. */
export function vector(element: Writer, elementOid: number): Writer {
  return (value) => {
    const [only] = dimensionsOf(value, elementOid);
    return Array.from({ length: only?.size ?? 0 }, () => part(value, element) ?? '').join(' ');
  };
}

export function range(bound: Writer): Writer {
  const written = (value: Cursor): string => {
    const text = part(value, bound) ?? '';
    return /^$|[ \t\n\r\v\f"\\()[\],]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text;
  };
  return (value) => {
    const flags = value.byte();
    if ((flags & RANGE.empty) !== 0) return 'empty';
    const lower = (flags & RANGE.lowerInfinite) === 0 ? written(value) : '';
    const upper = (flags & RANGE.upperInfinite) === 0 ? written(value) : '';
    return `${(flags & RANGE.lowerIncluded) === 0 ? '(' : '['}${lower},${upper}${(flags & RANGE.upperIncluded) === 0 ? ')' : ']'}`;
  };
}

export function multirange(one: Writer): Writer {
  return (value) => {
    const count = value.int32();
    if (count < 0 || count * LENGTH_BYTES > value.left) throw new RangeError('another number of ranges');
    return `{${Array.from({ length: count }, () => part(value, one) ?? '').join(',')}}`;
  };
}

function dimensionsOf(value: Cursor, elementOid: number): { readonly size: number; readonly lower: number }[] {
  const count = value.int32();
  value.int32();
  if (value.uint32() !== elementOid) throw new RangeError('elements of another type');
  if (count < 0 || count > MOST_DIMENSIONS) throw new RangeError('another number of dimensions');
  const dimensions = Array.from({ length: count }, () => ({ size: value.int32(), lower: value.int32() }));
  const elements = dimensions.reduce((product, { size }) => product * size, 1);
  const isPossible = dimensions.every(({ size }) => size > 0) && elements * LENGTH_BYTES <= value.left;
  if (count > 0 && !isPossible) throw new RangeError('another number of elements');
  return dimensions;
}

/** A value behind its length, whole; undefined for NULL. */
function part(value: Cursor, writer: Writer): string | undefined {
  const length = value.int32();
  if (length === -1) return undefined;
  const cursor = new Cursor(value.take(length));
  const text = writer(cursor);
  cursor.end();
  return text;
}
