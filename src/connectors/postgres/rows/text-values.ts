/**
 * Values of the text format, read from their bytes without a string between: what node-postgres' own parsers give, a
 * multiple faster. A parser that is none of its own gets the text as ever, and so do all where it is not as the server
 * writes it: bytes may be a file's, and are taken for nothing that was not seen of them.
 */
import { OID } from '../built-in-types.ts';
import { dateReader } from './date-values.ts';
import { ownParser } from './own-parsers.ts';
import { DOT, MINUS, NINE, ZERO, readText } from './raw-row.ts';
import type { RawRow, TextParser, ValueReader } from './raw-row.ts';

/** The reader that gives what `parse` gives for the text of a type. */
export function valueReader(parse: TextParser, dataTypeID: number): ValueReader {
  const reader = readers().get(parse);
  return reader?.(parse, dataTypeID) ?? ((row, start, end) => parse(readText(row, start, end)));
}

/** Makes the reader of one column: what it keeps in mind is that column's. */
type ReaderOf = (parse: TextParser, dataTypeID: number) => ValueReader;

const T = 0x74;
const F = 0x66;
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

/** A whole number of digits alone. */
function integerReader(parse: TextParser): ValueReader {
  return (row, start, end) => {
    const { bytes } = row;
    const negative = bytes[start] === MINUS;
    const from = negative ? start + 1 : start;
    if (end <= from || end - from > EXACT_DIGITS) return parse(readText(row, start, end));
    let value = 0;
    for (let at = from; at < end; at += 1) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return parse(readText(row, start, end));
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  };
}

/** A whole number divided by a power of ten is rounded once, as the text is (IEEE 754, both exact). */
function floatReader(parse: TextParser): ValueReader {
  return (row, start, end) => {
    const { bytes } = row;
    const negative = bytes[start] === MINUS;
    const from = negative ? start + 1 : start;
    const first = bytes[from] ?? 0;
    if (end <= from || end - from > EXACT_DIGITS || first < ZERO || first > NINE) {
      return parse(readText(row, start, end));
    }
    let whole = 0;
    let scale = 0;
    for (let at = from; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte >= ZERO && byte <= NINE) {
        whole = whole * 10 + byte - ZERO;
        scale *= 10;
      } else if (byte === DOT && scale === 0) scale = 1;
      else return parse(readText(row, start, end));
    }
    const value = scale > 1 ? whole / scale : whole;
    return negative ? -value : value;
  };
}

function booleanReader(parse: TextParser): ValueReader {
  return (row, start, end) => {
    const byte = row.bytes[start];
    return end === start + 1 && (byte === T || byte === F) ? byte === T : parse(readText(row, start, end));
  };
}

/** Object identifiers of pg_type that each stand for a parser of pg-types; 0 for that of types without one. */
const BY_TYPE: readonly [oid: number, reader: ReaderOf][] = [
  [0, readerOfTexts],
  [OID.int8, readerOfTexts],
  [OID.int4, integerReader],
  [OID.float8, floatReader],
  [OID.bool, booleanReader],
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
