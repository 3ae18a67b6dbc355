/** Where a contender's CPU time goes: one run under `--cpu-prof`, functions by the time spent in themselves. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchPath, Contender, Scale } from './case.ts';
import { measure } from './measure.ts';

export interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds from the sample before. */
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface SelfTime {
  readonly frame: string;
  readonly ms: number;
}

const SHOWN = 25;

/** Of each contender of ours, or of those named, the functions that take most. */
export async function printProfile(path: BenchPath, scale: Scale, only?: readonly string[]): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { contenders } = await path.open(stack, scale);
  for (const contender of contenders.filter(({ name, role }) => only?.includes(name) ?? role === 'ours')) {
    const times = await profileContender(contender);
    const total = times.reduce((sum, { ms }) => sum + ms, 0);
    console.log(`\n${path.title}: ${contender.name}, ${total.toFixed(0)} ms`);
    for (const { frame, ms } of times.slice(0, SHOWN)) {
      console.log(`${ms.toFixed(0).padStart(7)} ms ${((100 * ms) / total).toFixed(1).padStart(5)} %  ${frame}`);
    }
  }
}

async function profileContender(contender: Contender): Promise<SelfTime[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-profile-'));
  try {
    await contender.prepare?.();
    await measure(contender.command, {
      NODE_OPTIONS: `--cpu-prof --cpu-prof-interval=500 --cpu-prof-dir=${directory}`,
    });
    const [file] = await readdir(directory);
    if (file === undefined) throw new Error(`${contender.name} is no Node process: nothing to profile`);
    return selfTimes(JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Largest first. `(idle)`, `(program)` and `(garbage collector)` are V8's own names. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const times = new Map<string, number>();
  for (const [index, sample] of samples.entries()) {
    const frame = frames.get(sample) ?? '(unknown)';
    times.set(frame, (times.get(frame) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  }
  return [...times].map(([frame, ms]) => ({ frame, ms })).sort((a, b) => b.ms - a.ms);
}

function describe({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const file = url.replace(/^file:\/\//, '').replace(/^.*\/(?=lib\/|node_modules\/|bench\/)/, '');
  return `${name} ${file}:${lineNumber + 1}`;
}
