/** What a path's run leaves: raw samples, from which every figure is reckoned later. */
import type { OpenPath, Scale } from './case.ts';
import type { ContenderResult } from './rounds.ts';
import { median } from './statistics.ts';

export interface PathResult extends Omit<OpenPath, 'contenders'> {
  readonly case: string;
  readonly path: string;
  readonly title: string;
  readonly scale: Scale;
  /** Such as `2026-11-20`. */
  readonly date: string;
  /** Load average of the minute before the rounds: above a few tenths somebody else was working. */
  readonly loadBefore: number;
  readonly contenders: readonly ContenderResult[];
}

/** Medians of one contender. */
export interface Summary {
  readonly wallS: number;
  readonly fastestS: number;
  readonly slowestS: number;
  readonly mbPerS: number;
  readonly objectsPerS: number | undefined;
  readonly cpuSPerGb: number;
  /** Undefined where what moves is not counted in rows. */
  readonly cpuSPerMillionRows: number | undefined;
  readonly residentMb: number;
  readonly residentSumMb: number;
  /** Of the same process with nothing to do. */
  readonly startUpS: number;
  /** MB/s of what came after the start. */
  readonly runningMbPerS: number;
}

const MEGA = 1e6;
const GIGA = 1e9;

export function summarize(result: PathResult, contender: ContenderResult): Summary {
  const { samples } = contender;
  const walls = wallTimes(contender);
  const wallS = median(walls);
  const cpuS = median(cpuTimes(contender));
  return {
    wallS,
    fastestS: Math.min(...walls),
    slowestS: Math.max(...walls),
    mbPerS: result.bytes / MEGA / wallS,
    objectsPerS: result.objects === undefined ? undefined : result.objects / wallS,
    cpuSPerGb: cpuS / (result.bytes / GIGA),
    cpuSPerMillionRows: result.rows === undefined ? undefined : cpuS / (result.rows / MEGA),
    residentMb: median(samples.map(({ residentBytes }) => residentBytes)) / MEGA,
    residentSumMb: median(samples.map(({ residentSumBytes }) => residentSumBytes)) / MEGA,
    startUpS: median(contender.idle.map((sample) => sample.wallS)),
    runningMbPerS: result.bytes / MEGA / median(wallTimes(contender, 'running')),
  };
}

/** `process`: from its start to its end. `running`: without what the same process takes when there is nothing to do. */
export type Span = 'process' | 'running';

/** Round by round. */
export function wallTimes({ samples, idle }: ContenderResult, span: Span = 'process'): number[] {
  const startUp = span === 'process' ? 0 : median(idle.map(({ wallS }) => wallS));
  return samples.map(({ wallS }) => without(startUp, wallS));
}

export function cpuTimes({ samples, idle }: ContenderResult, span: Span = 'process'): number[] {
  const startUp = span === 'process' ? 0 : median(idle.map(({ cpuS }) => cpuS));
  return samples.map(({ cpuS }) => without(startUp, cpuS));
}

/** Peak memory of the largest process, round by round. */
export function residentBytes({ samples }: ContenderResult): number[] {
  return samples.map((sample) => sample.residentBytes);
}

/** Peak memory above that of the same process with nothing to do, round by round. */
export function growthBytes({ samples, idle }: ContenderResult): number[] {
  const start = median(idle.map(({ residentBytes }) => residentBytes));
  return samples.map(({ residentBytes }) => Math.max(1, residentBytes - start));
}

export function contenderOf(result: PathResult, name: string): ContenderResult {
  const found = result.contenders.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new Error(`${result.case}/${result.path} has no contender '${name}'`);
}

/** At least a millisecond, which is what the clocks tell apart. */
function without(startUp: number, seconds: number): number {
  return Math.max(0.001, seconds - startUp);
}
