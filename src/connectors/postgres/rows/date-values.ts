/** Dates read from the wire's bytes: what postgres-date gives for the same text, a multiple faster. */
import { LocalHours } from './local-hours.ts';
import { DOT, MINUS, NINE, ZERO, digits, readText } from './raw-row.ts';
import type { TextParser, ValueReader } from './raw-row.ts';

const SPACE = 0x20;
const PLUS = 0x2b;
const COLON = 0x3a;

/**
 * `date`, `timestamp` and `timestamptz` under DateStyle ISO in the years 1000 to 9999, to the millisecond, as
 * postgres-date reads them: without an offset in the zone of this process.
 */
export function dateReader(parse: TextParser): ValueReader {
  const hours = new LocalHours();
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
  return sign * seconds;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** The number that two digits make. */
function two(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - ZERO) * 10 + (bytes[at + 1] ?? 0) - ZERO;
}
