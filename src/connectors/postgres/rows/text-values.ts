/**
 * Values of the text format, read from the wire's bytes without a string between: what node-postgres' own parsers give,
 * a multiple faster. A parser that is none of its own, and a form that is not the usual one, get the text as ever.
 */
import { OID } from '../built-in-types.ts';
import { dateReader } from './date-values.ts';
import { ownParser } from './own-parsers.ts';
import { DOT, MINUS, NINE, ZERO, digits, readText } from './raw-row.ts';
import type { RawRow, TextParser, ValueReader } from './raw-row.ts';

/** The reader that gives what `parse` gives for the text of a type. */
export function valueReader(parse: TextParser, dataTypeID: number): ValueReader {
  const reader = readers().get(parse);
  return reader?.(parse, dataTypeID) ?? ((row, start, end) => parse(readText(row, start, end)));
}

/** Makes the reader of one column: what it keeps in mind is that column's. */
type ReaderOf = (parse: TextParser, dataTypeID: number) => ValueReader;

const T = 0x74;
/** Types of which node-postgres makes texts that never hold anything but ASCII. */
const ASCII_TYPES: ReadonlySet<number> = new Set([
  ...[OID.int8, OID.numeric, OID.uuid, OID.inet, OID.cidr, OID.macaddr, OID.time],
]);
/** So many digits are a whole number that a double holds exactly. */
const EXACT_DIGITS = 15;

/** A piece of the row's text, whose bytes nobody needs to look at. */
function readAscii({ bytes, text, start: from }: RawRow, start: number, end: number): string {
  return text === undefined ? bytes.toString('latin1', start, end) : text.substring(start - from, end - from);
}

/** `parseInt` of what the server writes for its integers. */
function readInteger({ bytes }: RawRow, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  const value = digits(bytes, negative ? start + 1 : start, end);
  return negative ? -value : value;
}

/** `parseFloat`: a whole number divided by a power of ten is rounded once, as the text is (IEEE 754, both exact). */
function readFloat(row: RawRow, start: number, end: number): number {
  const { bytes } = row;
  const negative = bytes[start] === MINUS;
  let whole = 0;
  let scale = 0;
  let at = negative ? start + 1 : start;
  if (end - at > EXACT_DIGITS) return parseFloat(readText(row, start, end));
  for (; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= ZERO && byte <= NINE) {
      whole = whole * 10 + byte - ZERO;
      scale *= 10;
    } else if (byte === DOT && scale === 0) scale = 1;
    else return parseFloat(readText(row, start, end));
  }
  const value = scale > 1 ? whole / scale : whole;
  return negative ? -value : value;
}

function readBoolean({ bytes }: RawRow, start: number): boolean {
  return bytes[start] === T;
}

/** Object identifiers of pg_type that each stand for a parser of pg-types; 0 for that of types without one. */
const BY_TYPE: readonly [oid: number, reader: ReaderOf][] = [
  [0, readerOfTexts],
  [OID.int8, readerOfTexts],
  [OID.int4, () => readInteger],
  [OID.float8, () => readFloat],
  [OID.bool, () => readBoolean],
  [OID.timestamptz, dateReader],
];

function readerOfTexts(_parse: TextParser, dataTypeID: number): ValueReader {
  return ASCII_TYPES.has(dataTypeID) ? readAscii : readText;
}

let known: ReadonlyMap<TextParser | undefined, ReaderOf> | undefined;

/** By node-postgres' own parsers, which are found by the types that they stand for. */
function readers(): ReadonlyMap<TextParser | undefined, ReaderOf> {
  known ??= new Map(BY_TYPE.map(([oid, reader]) => [ownParser(oid), reader]));
  return known;
}
