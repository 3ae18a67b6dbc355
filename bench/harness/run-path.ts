/** One path from its servers to its samples. */
import { loadavg } from 'node:os';
import type { BenchCase, BenchPath, OpenPath, Scale } from './case.ts';
import type { PathResult } from './result.ts';
import { Rounds } from './rounds.ts';
import type { Progress } from './rounds.ts';

export interface RunOptions {
  readonly scale: Scale;
  /** Instead of the path's own number. */
  readonly rounds?: number;
  /** Names of contenders; all others stay out. */
  readonly only?: readonly string[];
  readonly progress: Progress;
  /** Whether the results after the planned rounds leave a doubt; then twice as many follow. */
  readonly doubtful?: (result: PathResult) => boolean;
}

export async function runPath(benchCase: BenchCase, path: BenchPath, options: RunOptions): Promise<PathResult> {
  const { scale, only, progress } = options;
  await using stack = new AsyncDisposableStack();
  const open = await path.open(stack, scale);
  const chosen = only === undefined ? open.contenders : open.contenders.filter(({ name }) => only.includes(name));
  const absent = only?.filter((name) => !chosen.some((contender) => contender.name === name)) ?? [];
  if (absent.length > 0) {
    const names = open.contenders.map(({ name }) => name).join(', ');
    throw new Error(`${benchCase.name}/${path.name} has no ${absent.join(', ')}; there are ${names}`);
  }
  const when = { date: new Date().toISOString().slice(0, 10), loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)) };
  const rounds = new Rounds(chosen, progress);
  if (path.warmUp ?? true) await rounds.warmUp();
  await rounds.idle();
  const planned = options.rounds ?? path.rounds[scale];
  await rounds.run(planned);
  const result = (): PathResult => ({
    ...described(benchCase, path, open),
    ...when,
    scale,
    contenders: rounds.results(),
  });
  // Once, and then it is said: looking again and again would find a bad moment in the end.
  if (options.doubtful?.(result()) === true) await rounds.run(2 * planned);
  return result();
}

function described(
  benchCase: BenchCase,
  path: BenchPath,
  { bytes, rows, objects, limitMBps, budgetBytes, note }: OpenPath,
): Omit<PathResult, 'scale' | 'date' | 'loadBefore' | 'contenders'> {
  return {
    case: benchCase.name,
    path: path.name,
    title: path.title,
    bytes,
    ...(rows === undefined ? {} : { rows }),
    ...(objects === undefined ? {} : { objects }),
    ...(limitMBps === undefined ? {} : { limitMBps }),
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
    ...(note === undefined ? {} : { note }),
  };
}
