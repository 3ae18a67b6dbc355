/** Intervals as objects, which node-postgres gives: `{ years, months, days, hours, minutes, seconds, milliseconds }`. */
import { misfit } from './misfit.ts';

const UNITS = ['years', 'months', 'days', 'hours', 'minutes', 'seconds', 'milliseconds'] as const;

export type IntervalParts = Record<(typeof UNITS)[number], number>;

/** The parts of an interval, those that it does not have as 0. */
export function intervalParts(value: object): IntervalParts {
  const parts = { years: 0, months: 0, days: 0, hours: 0, minutes: 0, seconds: 0, milliseconds: 0 };
  for (const [name, part] of Object.entries(value) as [string, unknown][]) {
    const unit = UNITS.find((known) => known === name);
    if (unit === undefined) throw misfit('is an object that is no interval');
    if (typeof part !== 'number' || !Number.isFinite(part))
      throw misfit('is an interval with a part that is no number');
    parts[unit] = part;
  }
  return parts;
}

export function intervalText(value: object): string {
  const { milliseconds, ...parts } = intervalParts(value);
  const texts = Object.entries(parts).flatMap(([unit, part]) => (part === 0 ? [] : [`${decimal(part)} ${unit}`]));
  // The server's unit of time is the microsecond.
  if (milliseconds !== 0) texts.push(`${Math.round(milliseconds * 1_000)} microseconds`);
  return texts.length === 0 ? '0' : texts.join(' ');
}

/** Without an exponent, which would not be read. */
function decimal(part: number): string {
  return Number.isInteger(part) ? BigInt(part).toString() : part.toFixed(9);
}
