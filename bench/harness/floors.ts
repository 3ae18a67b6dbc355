/** The figures that must be reached, and what a run says about them. */
import { growthBytes, contenderOf, cpuTimes, residentBytes, wallTimes } from './result.ts';
import type { PathResult, Span } from './result.ts';
import { estimate, pairedRatios } from './statistics.ts';
import type { Estimate } from './statistics.ts';

/**
 * - `throughput`: times as fast as the peer; more is better. `wall`: our time for its time; less is better.
 * - `cpu`: our CPU time for its CPU time; less is better.
 * - `memory`: our peak resident memory for its; less is better.
 * - `wire`: share of what the limited connections can carry; more is better.
 * - `growth`: memory above that of an idle process, for what the bound allows; less is better.
 */
export type Metric = 'throughput' | 'wall' | 'cpu' | 'memory' | 'wire' | 'growth';

export interface Floor {
  /** `case/path`. */
  readonly path: string;
  readonly metric: Metric;
  /** A contender's name; `wire` and `growth` have none. */
  readonly peer?: string;
  /** Whose figure it is, where it is not plain `ours`. */
  readonly contender?: string;
  readonly floor?: number;
  readonly goal?: number;
  /** What is held meanwhile where the floor is not reached, a little below what is seen. */
  readonly held?: number;
  /** Where the reason is written: an anchor of docs/benchmarks.md. */
  readonly why?: string;
}

export type Verdict = 'goal' | 'floor' | 'held' | 'below' | 'failed';

export interface Judgement {
  readonly floor: Floor;
  readonly estimate: Estimate;
  /**
   * `goal`, `floor`: reached by the mean. `held`: the floor is not, and nothing was lost. `below`: worse than it should
   * be, by less than the noise. `failed`: the whole confidence interval is worse.
   */
  readonly verdict: Verdict;
}

const MORE_IS_BETTER: ReadonlySet<Metric> = new Set<Metric>(['throughput', 'wire']);

/** Short runs move less, so start-up, the same for any amount, is left out of theirs. */
export function judge(floor: Floor, result: PathResult): Judgement {
  const judged = estimate(metricValues(floor, result, result.scale === 'short' ? 'running' : 'process'));
  return { floor, estimate: judged, verdict: verdict(floor, judged) };
}

export function verdict({ metric, floor, goal, held }: Floor, { mean, low, high }: Estimate): Verdict {
  const more = MORE_IS_BETTER.has(metric);
  const meets = (bound: number): boolean => (more ? mean >= bound : mean <= bound);
  if (goal !== undefined && meets(goal)) return 'goal';
  if (floor !== undefined && meets(floor)) return 'floor';
  const bound = held ?? floor;
  if (bound === undefined || (held !== undefined && meets(held))) return 'held';
  return (more ? high < bound : low > bound) ? 'failed' : 'below';
}

/** The same floor for a machine that others use too: both of its bounds worse by this share. */
export function relaxed(floor: Floor, slack: number): Floor {
  const by = MORE_IS_BETTER.has(floor.metric) ? 1 / (1 + slack) : 1 + slack;
  return {
    ...floor,
    ...(floor.floor === undefined ? {} : { floor: floor.floor * by }),
    ...(floor.held === undefined ? {} : { held: floor.held * by }),
  };
}

/** Whether more rounds should be run before anything is said. */
export function isDoubtful({ verdict: said }: Judgement): boolean {
  return said === 'below' || said === 'failed';
}

/** What could be held of a figure that is not reached: a tenth worse than the worse end of what was seen, two digits. */
export function suggestHeld({ floor: { metric }, estimate: { low, high } }: Judgement): number {
  return Number((MORE_IS_BETTER.has(metric) ? low * 0.9 : high * 1.1).toPrecision(2));
}

/** The contenders that are needed for these floors. */
export function contendersOf(floors: readonly Floor[]): string[] {
  const names = floors.flatMap(({ contender = 'ours', peer }) =>
    peer === undefined ? [contender] : [contender, peer],
  );
  return [...new Set(names)];
}

function metricValues({ metric, contender = 'ours', peer }: Floor, result: PathResult, span: Span): number[] {
  const ours = contenderOf(result, contender);
  const theirs = () => contenderOf(result, peer ?? '');
  switch (metric) {
    case 'throughput':
      return pairedRatios(wallTimes(theirs(), span), wallTimes(ours, span));
    case 'wall':
      return pairedRatios(wallTimes(ours, span), wallTimes(theirs(), span));
    case 'cpu':
      return pairedRatios(cpuTimes(ours, span), cpuTimes(theirs(), span));
    case 'memory':
      return pairedRatios(residentBytes(ours), residentBytes(theirs()));
    case 'wire':
      return wallTimes(ours, span).map((wallS) => result.bytes / wallS / (needed(result, 'limitMBps') * 1e6));
    case 'growth':
      return growthBytes(ours).map((bytes) => bytes / needed(result, 'budgetBytes'));
  }
}

function needed(result: PathResult, key: 'limitMBps' | 'budgetBytes'): number {
  const value = result[key];
  if (value === undefined) throw new Error(`${result.case}/${result.path} has no ${key}`);
  return value;
}
