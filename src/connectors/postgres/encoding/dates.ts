/** Dates as PostgreSQL writes them: in the time of this process, as node-postgres reads and sends them, or in UTC. */
import type { ByteBuffer } from './byte-buffer.ts';
import { misfit } from './misfit.ts';

/**
 * What of a Date a type holds: `date` and `timestamp` the clock of this process, `timestamptz` the moment; of a type that
 * is not known all of it, so that each takes its part.
 */
export type DateForm = 'date' | 'timestamp' | 'timestamptz' | 'any';

const ZERO = 0x30;
const MINUS = 0x2d;
const COLON = 0x3a;
const SPACE = 0x20;
const DOT = 0x2e;
/** Of the longest there is: `271821-04-20 00:00:00.123+00:00:00 BC`. */
const MOST_BYTES = 48;

export function writeDate(out: ByteBuffer, date: Date, form: DateForm): void {
  if (Number.isNaN(date.getTime())) throw misfit('is an invalid Date');
  const inUtc = form === 'timestamptz';
  const year = inUtc ? date.getUTCFullYear() : date.getFullYear();
  const month = inUtc ? date.getUTCMonth() : date.getMonth();
  const day = inUtc ? date.getUTCDate() : date.getDate();
  out.reserve(MOST_BYTES);
  const { bytes } = out;
  let at = putYear(bytes, out.length, year > 0 ? year : 1 - year);
  bytes[at] = MINUS;
  bytes[at + 3] = MINUS;
  putTwo(bytes, at + 1, month + 1);
  putTwo(bytes, at + 4, day);
  at += 6;
  if (form !== 'date') {
    bytes[at] = SPACE;
    bytes[at + 3] = COLON;
    bytes[at + 6] = COLON;
    putTwo(bytes, at + 1, inUtc ? date.getUTCHours() : date.getHours());
    putTwo(bytes, at + 4, inUtc ? date.getUTCMinutes() : date.getMinutes());
    putTwo(bytes, at + 7, inUtc ? date.getUTCSeconds() : date.getSeconds());
    at = putFraction(bytes, at + 9, date.getUTCMilliseconds());
  }
  out.length = at;
  if (inUtc) out.putAscii('+00');
  if (form === 'any') out.putAscii(offsetOf(date));
  if (year <= 0) out.putAscii(' BC');
}

/** The moment that the clock of this process shows, taken for UTC, in milliseconds. */
export function localMs(date: Date): number {
  const clock = new Date(0);
  clock.setUTCFullYear(date.getFullYear(), date.getMonth(), date.getDate());
  return clock.setUTCHours(date.getHours(), date.getMinutes(), date.getSeconds(), date.getMilliseconds());
}

/** `+05:45`; before standard time, to the second. */
function offsetOf(date: Date): string {
  const seconds = Math.round((localMs(date) - date.getTime()) / 1_000);
  const size = Math.abs(seconds);
  const parts = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, ...(size % 60 === 0 ? [] : [size % 60])];
  return (seconds < 0 ? '-' : '+') + parts.map((part) => String(part).padStart(2, '0')).join(':');
}

function putYear(bytes: Buffer, at: number, year: number): number {
  if (year > 9_999) return at + bytes.write(String(year), at, 'latin1');
  const century = Math.floor(year / 100);
  putTwo(bytes, at, century);
  putTwo(bytes, at + 2, year - 100 * century);
  return at + 4;
}

function putTwo(bytes: Buffer, at: number, value: number): void {
  const tens = (value / 10) | 0;
  bytes[at] = ZERO + tens;
  bytes[at + 1] = ZERO + value - 10 * tens;
}

/** Milliseconds without zeros at their end, as the server writes them. */
function putFraction(bytes: Buffer, at: number, ms: number): number {
  if (ms === 0) return at;
  const hundreds = (ms / 100) | 0;
  const rest = ms - 100 * hundreds;
  bytes[at] = DOT;
  bytes[at + 1] = ZERO + hundreds;
  if (rest === 0) return at + 2;
  putTwo(bytes, at + 2, rest);
  return rest % 10 === 0 ? at + 3 : at + 4;
}
