/** Durations as people write them, read once at the boundary into milliseconds that every Node timer accepts. */

import { connectorError } from '../errors.ts';

/** Milliseconds as a number, or a string with a unit: `'250ms' | '30s' | '5m' | '1h'`; decimals are allowed. */
export type Duration = number | string;

/**
 * Milliseconds of a {@link Duration}; a string's are rounded to whole microseconds.
 *
 * Strict on purpose: a string needs its unit and holds no spaces, so that `'5'` is never taken for the wrong unit.
 * 2^31 ms (24.8 days) and more are refused, since Node's timers would fire after 1 ms instead (Node manual, `setTimeout`).
 *
 * @param value - A finite number of milliseconds >= 0, or a string with a unit.
 * @param name - The option, as the error shall call it. The value itself is not repeated: it may be a misplaced secret.
 * @throws ConfigError `CONFIG_INVALID` for anything else.
 */
export function parseDuration(value: Duration, name: string): number {
  const ms = typeof value === 'string' ? fromText(value) : value;
  if (typeof ms === 'number' && ms >= 0 && ms <= LONGEST_TIMER_MS) return ms;
  throw connectorError(
    'CONFIG_INVALID',
    `${name} must be a duration: milliseconds as a number, or a string such as '250ms', '30s', '5m' or '1h', ` +
      `from 0 to ${LONGEST_TIMER_MS} ms (24.8 days)`,
  );
}

/** Milliseconds for those to whom 0 means no limit, and who round: at least 1, and whole. */
export function limitMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

function fromText(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number.parseFloat(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return Math.round(ms * 1_000) / 1_000;
}
