/** What the numbers of a run say. Pure: the soak's own tests feed it runs that were made up. */
import type { Sample } from './protocol.ts';

export interface Limits {
  /** By how much the line through the process's memory may rise over the time that is judged, in bytes. */
  readonly rssBytes: number;
  /** The same of what is held after a collection, in the heap or outside: it tells a leak without an allocator's noise. */
  readonly heldBytes: number;
  /** The same of sockets, timers and others. */
  readonly handles: number;
  readonly recoveryMs: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = { rssBytes: 32 * MIB, heldBytes: 14 * MIB, handles: 12, recoveryMs: 30_000 };

export interface Trend {
  readonly measure: Measure;
  /** Of the line, per minute. */
  readonly perMinute: number;
  /** Of the line, over the time that is judged. */
  readonly growth: number;
  readonly limit: number;
  readonly peak: number;
}

const MEMORY = ['rss', 'heap', 'external'] as const;
const COUNTS = ['sockets', 'timers', 'others'] as const;
type Measure = (typeof MEMORY)[number] | (typeof COUNTS)[number];

/** The lines through the last two thirds of a run: the first third is warm-up. */
export function trends(samples: readonly Sample[], limits: Limits): Trend[] {
  const first = samples[0]?.atMs ?? 0;
  const last = samples.at(-1)?.atMs ?? 0;
  const judged = samples.filter(({ atMs }) => atMs >= first + (last - first) / 3);
  const minutes = ((judged.at(-1)?.atMs ?? 0) - (judged[0]?.atMs ?? 0)) / 60_000;
  return [...MEMORY, ...COUNTS].map((measure) => {
    const perMinute = slope(judged.map((sample) => ({ x: sample.atMs / 60_000, y: sample[measure] })));
    return {
      measure,
      perMinute,
      growth: perMinute * minutes,
      limit: measure === 'rss' ? limits.rssBytes : isMemory(measure) ? limits.heldBytes : limits.handles,
      peak: Math.max(...samples.map((sample) => sample[measure])),
    };
  });
}

/** Of the least-squares line; 0 where there is none. */
export function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  const together = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return points.length < 2 || spread === 0 ? 0 : together / spread;
}

export interface Facts {
  readonly samples: readonly Sample[];
  /** After everything was closed; `undefined`: the process did not get there. */
  readonly closed: Sample | undefined;
  readonly rounds: number;
  readonly failedTransfers: number;
  /** Spells that took effect. */
  readonly spellsFelt: number;
  /** From healing to the end of the rounds that were under way and of one more on each lane. */
  readonly recoveryMs: number | undefined;
  readonly problems: readonly string[];
}

/** Everything that is wrong with a run; nothing, if it passed. */
export function judge(facts: Facts, limits: Limits): string[] {
  const { samples, closed, rounds, failedTransfers, spellsFelt, recoveryMs } = facts;
  const wrong = [...facts.problems];
  for (const { measure, growth, limit, perMinute } of trends(samples, limits)) {
    if (growth > limit) {
      wrong.push(
        `${measure} grows: by ${shown(measure, growth)} (${shown(measure, perMinute)} a minute), limit ${shown(measure, limit)}`,
      );
    }
  }
  if (closed === undefined) wrong.push('the process under test did not end by itself');
  else if (closed.sockets > 0) wrong.push(`${closed.sockets} sockets are open after everything was closed`);
  if (recoveryMs === undefined) wrong.push('it did not recover');
  else if (recoveryMs > limits.recoveryMs) wrong.push(`it took ${Math.round(recoveryMs)} ms to recover`);
  // A soak in which nothing happened proves nothing.
  if (samples.length < 10) wrong.push(`only ${samples.length} samples were taken`);
  if (rounds === 0) wrong.push('no round was completed');
  if (spellsFelt === 0) wrong.push('no fault took effect');
  if (failedTransfers === 0) wrong.push('no transfer failed: the faults were none');
  return wrong;
}

const isMemory = (measure: Measure): boolean => (MEMORY as readonly Measure[]).includes(measure);

const shown = (measure: Measure, value: number): string =>
  isMemory(measure) ? `${(value / MIB).toFixed(1)} MiB` : value.toFixed(1);
