/** Dates, times and intervals as their receive functions read them (date.c, timestamp.c): microseconds and days since 2000. */
import { types } from 'node:util';
import { EPOCH_MS } from '../copy/binary-format.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { localMs } from './dates.ts';
import { intervalParts } from './interval-text.ts';
import { misfit } from './misfit.ts';

const DAY_MS = 86_400_000;
const INFINITE_DAYS = 0x7fff_ffff;
const INFINITE = 2n ** 63n - 1n;

const DATE = String.raw`(\d{4,})-(\d\d?)-(\d\d?)`;
const TIME = String.raw`(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d+))?)?`;
const ZONE = String.raw`(Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)`;
/** ISO 8601 as the server writes it, with a space or a T. */
const MOMENT = new RegExp(String.raw`^\s*${DATE}(?:[ T]${TIME}\s*${ZONE}?)?(?:\s+(BC|AD))?\s*$`, 'i');
const CLOCK = new RegExp(String.raw`^\s*${TIME}\s*${ZONE}?\s*$`, 'i');

interface Moment {
  /** Since the first of January 2000. */
  readonly days: number;
  /** Since midnight. */
  readonly microseconds: number;
  /** East of UTC; undefined where nothing is said. */
  readonly offsetSeconds: number | undefined;
}

export function writeDays(out: ByteBuffer, value: unknown): void {
  const infinity = infinite(value);
  if (infinity !== undefined) out.putInt32(infinity < 0 ? -INFINITE_DAYS - 1 : INFINITE_DAYS);
  else if (types.isDate(value)) out.putInt32(Math.floor((valid(localMs(value)) - EPOCH_MS) / DAY_MS));
  else out.putInt32(momentOf(value).days);
}

export function writeTimestamp(out: ByteBuffer, value: unknown): void {
  if (types.isDate(value)) writeMs(out, localMs(value));
  else writeMoment(out, value, () => 0);
}

export function writeTimestamptz(out: ByteBuffer, value: unknown): void {
  if (types.isDate(value)) writeMs(out, value.getTime());
  else
    writeMoment(out, value, ({ offsetSeconds }) => {
      // The server would take its session's zone, which nobody here knows.
      if (offsetSeconds === undefined) throw misfit('names no time zone, which the binary format needs');
      return offsetSeconds;
    });
}

function writeMoment(out: ByteBuffer, value: unknown, offsetOf: (moment: Moment) => number): void {
  const infinity = infinite(value);
  if (infinity !== undefined) {
    out.putInt64(infinity < 0 ? -INFINITE - 1n : INFINITE);
    return;
  }
  const moment = momentOf(value);
  const seconds = moment.days * 86_400 - offsetOf(moment);
  out.putInt64(BigInt(seconds) * 1_000_000n + BigInt(moment.microseconds));
}

function writeMs(out: ByteBuffer, ms: number): void {
  const since = valid(ms) - EPOCH_MS;
  if (Number.isSafeInteger(since * 1_000)) out.putSafeInt64(since * 1_000);
  else out.putInt64(BigInt(since) * 1_000n);
}

function valid(ms: number): number {
  if (Number.isNaN(ms)) throw misfit('is an invalid Date');
  return ms;
}

export function writeTime(out: ByteBuffer, value: unknown): void {
  out.putSafeInt64(clockOf(value).microseconds);
}

/** The zone is counted to the west. */
export function writeTimetz(out: ByteBuffer, value: unknown): void {
  const { microseconds, offsetSeconds } = clockOf(value);
  if (offsetSeconds === undefined) throw misfit('names no time zone, which the binary format needs');
  out.putSafeInt64(microseconds);
  out.putInt32(-offsetSeconds);
}

function clockOf(value: unknown): Omit<Moment, 'days'> {
  const found = typeof value === 'string' ? CLOCK.exec(value) : null;
  if (found === null) throw misfit('is no time of day in ISO form');
  const [, hours, minutes, seconds, fraction, zone] = found;
  return { microseconds: microsecondsOf(hours, minutes, seconds, fraction), offsetSeconds: offsetOf(zone) };
}

function momentOf(value: unknown): Moment {
  const found = typeof value === 'string' ? MOMENT.exec(value) : null;
  if (found === null) throw misfit('is no date in ISO form');
  const [, year = '', month = '', day = '', hours, minutes, seconds, fraction, zone, era] = found;
  const counted = era?.toUpperCase() === 'BC' ? 1 - Number(year) : Number(year);
  return {
    days: daysSince2000(counted, Number(month), Number(day)),
    microseconds: microsecondsOf(hours, minutes, seconds, fraction),
    offsetSeconds: offsetOf(zone),
  };
}

/** Of the Gregorian calendar without end or beginning, for any year: JavaScript's own ends in 275760. */
function daysSince2000(year: number, month: number, day: number): number {
  // 400 years have always 146,097 days.
  const cycles = Math.floor((year - 2_000) / 400);
  const inCycle = new Date(Date.UTC(year - 400 * cycles, month - 1, day));
  if (inCycle.getUTCMonth() !== month - 1 || inCycle.getUTCDate() !== day)
    throw misfit('is a date that does not exist');
  return (inCycle.getTime() - EPOCH_MS) / DAY_MS + 146_097 * cycles;
}

function microsecondsOf(hours = '0', minutes = '0', seconds = '0', fraction = ''): number {
  const whole = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
  if (Number(minutes) > 59 || Number(seconds) > 60 || whole > 86_400) throw misfit('is a time that does not exist');
  return whole * 1_000_000 + Math.round(Number(`0.${fraction}`) * 1_000_000);
}

function offsetOf(zone: string | undefined): number | undefined {
  if (zone === undefined) return undefined;
  if (zone.toUpperCase() === 'Z') return 0;
  const digits = zone.slice(1).replaceAll(':', '').padEnd(6, '0');
  const seconds = Number(digits.slice(0, 2)) * 3_600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4));
  return zone.startsWith('-') ? -seconds : seconds;
}

function infinite(value: unknown): number | undefined {
  if (value === Infinity || value === -Infinity) return value;
  const found = typeof value === 'string' ? /^\s*([+-]?)infinity\s*$/i.exec(value) : null;
  return found === null ? undefined : found[1] === '-' ? -1 : 1;
}

const UNITS: Readonly<Record<string, readonly [months: number, days: number, microseconds: number]>> = {
  year: [12, 0, 0],
  mon: [1, 0, 0],
  day: [0, 1, 0],
};
/** As the server writes it under IntervalStyle postgres: `-1 years +2 mons 3 days -04:05:06.789`. */
const INTERVAL = /^\s*(?:[+-]?\d+ (?:year|mon|day)s?(?:\s+|$))*(?:[+-]?\d+:\d\d(?::\d\d(?:\.\d{1,6})?)?|0)?\s*$/;

export function writeInterval(out: ByteBuffer, value: unknown): void {
  if (typeof value === 'string') writeIntervalText(out, value);
  else if (typeof value === 'object' && value !== null) {
    const { years, months, days, hours, minutes, seconds, milliseconds } = intervalParts(value);
    const inTime = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + milliseconds;
    putInterval(out, years * 12 + months, days, Math.round(inTime * 1_000));
  } else throw misfit('is no interval');
}

function writeIntervalText(out: ByteBuffer, text: string): void {
  if (!INTERVAL.test(text) || text.trim() === '') throw misfit("is no interval in PostgreSQL's own form");
  let [months, days, microseconds] = [0, 0, 0];
  for (const [, count = '', unit = ''] of text.matchAll(/([+-]?\d+) (year|mon|day)/g)) {
    const [ofMonths, ofDays] = UNITS[unit] ?? [0, 0];
    months += Number(count) * ofMonths;
    days += Number(count) * ofDays;
  }
  const clock = /([+-]?)(\d+):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s*$/.exec(text);
  if (clock !== null) {
    const [, sign, hours = '', minutes = '', seconds = '0', fraction = ''] = clock;
    const whole = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
    microseconds = (whole * 1_000_000 + Math.round(Number(`0.${fraction}`) * 1_000_000)) * (sign === '-' ? -1 : 1);
  }
  putInterval(out, months, days, microseconds);
}

function putInterval(out: ByteBuffer, months: number, days: number, microseconds: number): void {
  const fits = [months, days].every((part) => Number.isInteger(part) && Math.abs(part) <= 0x7fff_ffff);
  if (!fits || !Number.isSafeInteger(microseconds)) throw misfit('is an interval that cannot be written exactly');
  out.putSafeInt64(microseconds);
  out.putInt32(days);
  out.putInt32(months);
}
