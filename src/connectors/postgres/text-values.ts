/**
 * Values of the text format, read from the wire's bytes without a string between: what node-postgres' own parsers give,
 * a multiple faster. A parser that is none of its own, and a form that is not the usual one, get the text as ever.
 */
import { createRequire } from 'node:module';

/** A row as it came. */
export interface RawRow {
  readonly bytes: Buffer;
  /** The bytes as Latin-1, made when first asked for; undefined for a long row, which a part would keep in memory. */
  readonly text: string | undefined;
  /** Where `text` begins in `bytes`. */
  readonly start: number;
}

/** Makes a value of the bytes from `start` to `end`. */
export type ValueReader = (row: RawRow, start: number, end: number) => unknown;

/** As node-postgres calls it. */
export type TextParser = (text: string) => unknown;

/** The reader that gives what `parse` gives for the text. */
export function valueReader(parse: TextParser): ValueReader {
  return readers().get(parse) ?? ((row, start, end) => parse(readText(row, start, end)));
}

const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
const COLON = 0x3a;
const PLUS = 0x2b;
const T = 0x74;
/** So many digits are a whole number that a double holds exactly. */
const EXACT_DIGITS = 15;

/** ASCII is a piece of the row's text; anything else is decoded. */
export function readText({ bytes, text, start: from }: RawRow, start: number, end: number): string {
  if (text === undefined) return bytes.toString('utf8', start, end);
  let all = 0;
  for (let at = start; at < end; at += 1) all |= bytes[at] ?? 0;
  return all < 0x80 ? text.substring(start - from, end - from) : bytes.toString('utf8', start, end);
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

/**
 * `date`, `timestamp` and `timestamptz` under DateStyle ISO in the years 1000 to 9999, to the millisecond, as
 * postgres-date reads them: without an offset in the zone of this process.
 */
function dateReader(parse: TextParser): ValueReader {
  return (row, start, end) => {
    const { bytes } = row;
    const other = (): unknown => parse(readText(row, start, end));
    if (end - start < 10 || (bytes[start] ?? 0) <= ZERO || (bytes[start] ?? 0) > NINE) return other();
    if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return other();
    const year = two(bytes, start) * 100 + two(bytes, start + 2);
    const month = two(bytes, start + 5) - 1;
    const day = two(bytes, start + 8);
    if (end - start === 10) return new Date(year, month, day);
    if (end - start < 19 || bytes[start + 10] !== SPACE) return other();
    if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return other();
    const hour = two(bytes, start + 11);
    const minute = two(bytes, start + 14);
    const second = two(bytes, start + 17);
    let at = start + 19;
    let ms = 0;
    if (bytes[at] === DOT) {
      const from = at + 1;
      for (at = from; isDigit(bytes[at]) && at < end; at += 1);
      // The same two roundings as there.
      ms = 1_000 * (digits(bytes, from, at) / 10 ** (at - from));
    }
    if (at === end) return new Date(year, month, day, hour, minute, second, ms);
    const offset = offsetSeconds(bytes, at, end);
    if (offset === undefined) return other();
    return new Date(Date.UTC(year, month, day, hour, minute, second, ms) - offset * 1_000);
  };
}

/** `+hh`, `+hh:mm` or `+hh:mm:ss`, and nothing after it. */
function offsetSeconds(bytes: Buffer, start: number, end: number): number | undefined {
  const sign = bytes[start] === PLUS ? 1 : bytes[start] === MINUS ? -1 : 0;
  const length = end - start;
  if (sign === 0 || (length !== 3 && length !== 6 && length !== 9)) return undefined;
  let seconds = two(bytes, start + 1) * 3_600;
  for (let at = start + 3, unit = 60; at < end; at += 3, unit = 1) {
    if (bytes[at] !== COLON) return undefined;
    seconds += two(bytes, at + 1) * unit;
  }
  return sign * seconds;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** The number that two digits make. */
function two(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) * 10 + (bytes[at + 1] ?? 0) - ZERO;
}

function digits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) value = value * 10 + (bytes[at] ?? 0) - ZERO;
  return value;
}

let known: ReadonlyMap<TextParser, ValueReader> | undefined;

/** By node-postgres' own parsers, which are found by the types that they stand for. */
function readers(): ReadonlyMap<TextParser, ValueReader> {
  known ??= new Map(ownParsers());
  return known;
}

/** Object identifiers of pg_type that each stand for a parser of pg-types. */
const BY_TYPE: readonly [oid: number, reader: (parse: TextParser) => ValueReader][] = [
  [20, () => readText],
  [23, () => readInteger],
  [701, () => readFloat],
  [16, () => readBoolean],
  [1184, dateReader],
];

function ownParsers(): [TextParser, ValueReader][] {
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('pg'));
    const { getTypeParser } = require('pg-types') as { getTypeParser(oid: number): TextParser };
    const { init } = require('pg-types/lib/textParsers') as {
      init(register: (oid: number, parse: TextParser) => void): void;
    };
    const own = new Map<number, TextParser>();
    init((oid, parse) => own.set(oid, parse));
    const found = BY_TYPE.flatMap(([oid, reader]): [TextParser, ValueReader][] => {
      const parse = own.get(oid);
      return parse === undefined ? [] : [[parse, reader(parse)]];
    });
    // What every type without a parser has: 0 is none.
    return [...found, [getTypeParser(0), readText]];
  } catch {
    // Another version of node-postgres may keep its parsers elsewhere: then they are all asked.
    return [];
  }
}
