/** Ratios and their uncertainty. Ratios multiply, so everything is reckoned on their logarithms. */

/** A geometric mean and the bounds of its 95 % confidence interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Student's t, 97.5 % quantile, for 1 to 30 degrees of freedom. */
const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL_975 = 1.96;

/** Of positive values. One value says nothing about its own error: the interval is then everything. */
export function estimate(values: readonly number[]): Estimate {
  const logs = values.map((value) => {
    if (!(value > 0)) throw new RangeError(`a ratio must be positive, not ${value}`);
    return Math.log(value);
  });
  const count = logs.length;
  if (count === 0) throw new RangeError('no values');
  const mean = logs.reduce((sum, log) => sum + log, 0) / count;
  if (count === 1) return { mean: Math.exp(mean), low: 0, high: Infinity, count };
  const variance = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0) / (count - 1);
  const margin = (T_975[count - 2] ?? NORMAL_975) * Math.sqrt(variance / count);
  return { mean: Math.exp(mean), low: Math.exp(mean - margin), high: Math.exp(mean + margin), count };
}

/** What `a` took for each unit that `b` took, round by round: load that comes and goes hits both of a pair. */
export function pairedRatios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new RangeError(`${a.length} rounds cannot be paired with ${b.length}`);
  return a.map((value, round) => value / (b[round] ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new RangeError('no values');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
