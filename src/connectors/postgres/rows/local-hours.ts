/** Local times as dates. JavaScript looks into the zone's tables for each; here once for an hour that comes again. */

import type { Day } from '../decoding/binary/times.ts';

const SLOTS = 1_024;
const MINUTE_MS = 60_000;
const LAST_MS = 3_599_999;
/** An hour that came once: of hours that come no second time the start would be asked for in vain. */
const SEEN = Infinity;

export class LocalHours {
  /** Which hour is in a slot; a year's hours come by eight times, the next ones in their place. */
  readonly #hours = new Int32Array(SLOTS).fill(-1);
  /** When it began; NaN for one in which clocks were changed. */
  readonly #starts = new Float64Array(SLOTS);

  /** When an hour began that `learn` was told of; NaN or infinite where that is not known. */
  start(hour: number): number {
    const slot = hour & (SLOTS - 1);
    return this.#hours[slot] === hour ? (this.#starts[slot] ?? NaN) : NaN;
  }

  /** `hour` is the caller's own number of it. */
  learn(hour: number, { year, month, day }: Day, ofDay: number): void {
    const slot = hour & (SLOTS - 1);
    if (this.#hours[slot] !== hour) {
      this.#hours[slot] = hour;
      this.#starts[slot] = SEEN;
    } else if (this.#starts[slot] === SEEN) this.#starts[slot] = startOf(year, month - 1, day, ofDay);
  }

  /** As `new Date(...)` with the same numbers; `month` from 0, `ms` with its fraction. */
  date(year: number, month: number, day: number, hour: number, minute: number, second: number, ms: number): Date {
    // Of no day or clock: such an hour would have the number of another one.
    if (day > 31 || hour > 23 || minute > 59 || second > 59)
      return new Date(year, month, day, hour, minute, second, ms);
    const key = ((year * 12 + month) * 32 + day) * 32 + hour;
    const slot = key & (SLOTS - 1);
    if (this.#hours[slot] === key) {
      let start = this.#starts[slot] ?? NaN;
      if (start === SEEN) this.#starts[slot] = start = startOf(year, month, day, hour);
      if (!Number.isNaN(start)) return new Date(start + minute * MINUTE_MS + second * 1_000 + Math.trunc(ms));
    } else {
      this.#hours[slot] = key;
      this.#starts[slot] = SEEN;
    }
    return new Date(year, month, day, hour, minute, second, ms);
  }
}

/** NaN where the hour is not one of sixty plain minutes. */
function startOf(year: number, month: number, day: number, hour: number): number {
  const start = new Date(year, month, day, hour).getTime();
  const last = new Date(year, month, day, hour, 59, 59, 999).getTime();
  return last - start === LAST_MS ? start : NaN;
}
