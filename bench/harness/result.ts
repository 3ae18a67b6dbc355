/** What a path's run leaves: raw samples, from which every figure is reckoned later. */
import type { OpenPath, Scale } from './case.ts';
import type { ContenderResult } from './rounds.ts';
import { median, pairedRatios } from './statistics.ts';

export interface PathResult extends Omit<OpenPath, 'contenders'> {
  readonly case: string;
  readonly path: string;
  readonly title: string;
  readonly scale: Scale;
  readonly contenders: readonly ContenderResult[];
}

/** Medians of one contender. */
export interface Summary {
  readonly wallS: number;
  readonly fastestS: number;
  readonly slowestS: number;
  readonly mbPerS: number;
  readonly rowsPerS: number | undefined;
  readonly objectsPerS: number | undefined;
  readonly cpuSPerGb: number;
  readonly residentMb: number;
  readonly residentSumMb: number;
  /** Of the same process with nothing to do. */
  readonly startUpS: number | undefined;
  readonly idleResidentMb: number | undefined;
}

const MEGA = 1e6;
const GIGA = 1e9;

export function summarize(result: PathResult, { samples, idle }: ContenderResult): Summary {
  const walls = samples.map(({ wallS }) => wallS);
  const wallS = median(walls);
  const per = (count: number | undefined): number | undefined => (count === undefined ? undefined : count / wallS);
  const idling = idle.length > 0;
  return {
    wallS,
    fastestS: Math.min(...walls),
    slowestS: Math.max(...walls),
    mbPerS: result.bytes / MEGA / wallS,
    rowsPerS: per(result.rows),
    objectsPerS: per(result.objects),
    cpuSPerGb: median(samples.map(({ cpuS }) => cpuS)) / (result.bytes / GIGA),
    residentMb: median(samples.map(({ residentBytes }) => residentBytes)) / MEGA,
    residentSumMb: median(samples.map(({ residentSumBytes }) => residentSumBytes)) / MEGA,
    startUpS: idling ? median(idle.map((sample) => sample.wallS)) : undefined,
    idleResidentMb: idling ? median(idle.map(({ residentBytes }) => residentBytes)) / MEGA : undefined,
  };
}

/** How many times as fast as `peer` is, round by round. */
export function speedUps(ours: ContenderResult, peer: ContenderResult): number[] {
  return pairedRatios(
    peer.samples.map(({ wallS }) => wallS),
    ours.samples.map(({ wallS }) => wallS),
  );
}

/** What part of `peer`'s CPU time is used, round by round. */
export function cpuShares(ours: ContenderResult, peer: ContenderResult): number[] {
  // A millisecond at least: a limit that works elsewhere, in the server, may show none.
  const cpu = ({ samples }: ContenderResult): number[] => samples.map(({ cpuS }) => Math.max(cpuS, 0.001));
  return pairedRatios(cpu(ours), cpu(peer));
}

export function contender(result: PathResult, name: string): ContenderResult {
  const found = result.contenders.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new Error(`${result.case}/${result.path} has no contender '${name}'`);
}
