/** Dates, times and intervals (`date.c`, `timestamp.c`, `EncodeInterval` in datetime.c). */
import type { Cursor, Writer } from './cursor.ts';

const MICROS = 1_000_000n;
const DAY_SECONDS = 86_400;
const [INT4_MIN, INT4_MAX] = [-(2 ** 31), 2 ** 31 - 1];
const [INT8_MIN, INT8_MAX] = [-(2n ** 63n), 2n ** 63n - 1n];
/** Of the days from 0000-03-01 to 2000-01-01, where the server begins to count. */
const EPOCH_DAYS = 730_425;

export interface Day {
  /** Of the Gregorian calendar; 0 is 1 BC. */
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The date that is so many days after 2000-01-01 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
export function dayOf(days: number): Day {
  const shifted = days + EPOCH_DAYS;
  const era = Math.floor(shifted / 146_097);
  const ofEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * ofYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = ofYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

export const date: Writer = (value) => {
  const days = value.int32();
  if (days === INT4_MAX) return 'infinity';
  return days === INT4_MIN ? '-infinity' : dateText(days, '');
};

export const timestamp: Writer = (value) => instant(value, '');
export const timestamptz: Writer = (value) => instant(value, '+00');

function instant(value: Cursor, zone: string): string {
  const micros = value.int64();
  if (micros === INT8_MAX) return 'infinity';
  if (micros === INT8_MIN) return '-infinity';
  const ofDay = BigInt(DAY_SECONDS) * MICROS;
  const rest = ((micros % ofDay) + ofDay) % ofDay;
  return dateText(Number((micros - rest) / ofDay), ` ${timeText(rest)}${zone}`);
}

function dateText(days: number, time: string): string {
  const { year, month, day } = dayOf(days);
  const shown = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${shown}-${two(month)}-${two(day)}${time}${year > 0 ? '' : ' BC'}`;
}

export const time: Writer = (value) => timeText(value.int64());

export const timetz: Writer = (value) => {
  const clock = timeText(value.int64());
  // In seconds west of Greenwich.
  const west = value.int32();
  const [hours, minutes, seconds] = parts(Math.abs(west));
  const zone = two(hours) + (minutes + seconds > 0 ? `:${two(minutes)}` : '') + (seconds > 0 ? `:${two(seconds)}` : '');
  return `${clock}${west > 0 ? '-' : '+'}${zone}`;
};

export const interval: Writer = (value) => {
  const [micros, days, months] = [value.int64(), value.int32(), value.int32()];
  if (micros === INT8_MAX && days === INT4_MAX && months === INT4_MAX) return 'infinity';
  if (micros === INT8_MIN && days === INT4_MIN && months === INT4_MIN) return '-infinity';
  const fields = [
    [Math.trunc(months / 12), 'year'],
    [months % 12, 'mon'],
    [days, 'day'],
  ] as const;
  let isBefore = false;
  const shown: string[] = [];
  for (const [count, unit] of fields) {
    if (count === 0) continue;
    shown.push(`${isBefore && count > 0 ? '+' : ''}${count} ${unit}${count === 1 ? '' : 's'}`);
    isBefore = count < 0;
  }
  if (shown.length === 0 || micros !== 0n) {
    const sign = micros < 0n ? '-' : isBefore ? '+' : '';
    shown.push(sign + timeText(micros < 0n ? -micros : micros));
  }
  return shown.join(' ');
};

/** `hh:mm:ss`, and the digits behind the point as far as they are no zeros. */
function timeText(micros: bigint): string {
  const [hours, minutes, seconds] = parts(Number(micros / MICROS));
  const fraction = String(micros % MICROS)
    .padStart(6, '0')
    .replace(/0+$/, '');
  return `${two(hours)}:${two(minutes)}:${two(seconds)}${fraction === '' ? '' : `.${fraction}`}`;
}

function parts(seconds: number): [hours: number, minutes: number, seconds: number] {
  return [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
