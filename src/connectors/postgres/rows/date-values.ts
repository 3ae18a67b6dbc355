/** Dates read from the wire's bytes: what postgres-date gives for the same text, a multiple faster. */
import { LocalHours } from './local-hours.ts';
import { DOT, MINUS, NINE, ZERO, digits, readText } from './raw-row.ts';
import type { TextParser, ValueReader } from './raw-row.ts';

const SPACE = 0x20;
const PLUS = 0x2b;
const COLON = 0x3a;

/** What a number with a byte that is no digit in it is made of: less than any sum of others can make up for. */
const NO_NUMBER = -1_000_000;
/** So many digits are a whole number that a double holds exactly. */
const EXACT_DIGITS = 15;

/**
 * `date`, `timestamp` and `timestamptz` under DateStyle ISO in the years 1000 to 9999, to the millisecond, as
 * postgres-date reads them: without an offset in the zone of this process. `parse` gets whatever is written otherwise.
 */
export function dateReader(parse: TextParser): ValueReader {
  const hours = new LocalHours();
  return (row, start, end) => {
    const { bytes } = row;
    const other = (): unknown => parse(readText(row, start, end));
    if (end - start < 10 || bytes[start] === ZERO) return other();
    if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return other();
    const year = two(bytes, start) * 100 + two(bytes, start + 2);
    const month = two(bytes, start + 5) - 1;
    const day = two(bytes, start + 8);
    if ((year | month | day) < 0) return other();
    if (end - start === 10) return new Date(year, month, day);
    if (end - start < 19 || bytes[start + 10] !== SPACE) return other();
    if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return other();
    const hour = two(bytes, start + 11);
    const minute = two(bytes, start + 14);
    const second = two(bytes, start + 17);
    if ((hour | minute | second) < 0) return other();
    let at = start + 19;
    let ms = 0;
    if (bytes[at] === DOT) {
      const from = at + 1;
      for (at = from; at < end && isDigit(bytes[at] ?? 0); at += 1);
      if (at === from || at - from > EXACT_DIGITS) return other();
      // The same two roundings as there.
      ms = 1_000 * (digits(bytes, from, at) / 10 ** (at - from));
    }
    if (at === end) return hours.date(year, month, day, hour, minute, second, ms);
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
  return seconds < 0 ? undefined : sign * seconds;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** The number that two digits make. */
function two(bytes: Buffer, at: number): number {
  const tens = bytes[at] ?? 0;
  const ones = bytes[at + 1] ?? 0;
  return isDigit(tens) && isDigit(ones) ? (tens - ZERO) * 10 + ones - ZERO : NO_NUMBER;
}
