/** One path from its servers to its samples. */
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
  /** Looks at the results after the planned rounds; a number asks for so many more. */
  readonly more?: (result: PathResult) => number;
}

export async function runPath(benchCase: BenchCase, path: BenchPath, options: RunOptions): Promise<PathResult> {
  const { scale, only, progress } = options;
  await using stack = new AsyncDisposableStack();
  const open = await path.open(stack, scale);
  const chosen = only === undefined ? open.contenders : open.contenders.filter(({ name }) => only.includes(name));
  if (chosen.length === 0) {
    throw new Error(`--only names none of: ${open.contenders.map(({ name }) => name).join(', ')}`);
  }
  const rounds = new Rounds({ contenders: chosen }, progress);
  await rounds.warmUp();
  await rounds.run(options.rounds ?? path.rounds[scale]);
  const result = (): PathResult => pathResult(benchCase, path, open, scale, rounds);
  for (let extra = options.more?.(result()) ?? 0; extra > 0; extra = options.more?.(result()) ?? 0) {
    await rounds.run(extra);
  }
  return result();
}

function pathResult(
  benchCase: BenchCase,
  path: BenchPath,
  { bytes, rows, objects, limitMBps, budgetBytes, note }: OpenPath,
  scale: Scale,
  rounds: Rounds,
): PathResult {
  return {
    case: benchCase.name,
    path: path.name,
    title: path.title,
    scale,
    bytes,
    ...(rows === undefined ? {} : { rows }),
    ...(objects === undefined ? {} : { objects }),
    ...(limitMBps === undefined ? {} : { limitMBps }),
    ...(budgetBytes === undefined ? {} : { budgetBytes }),
    ...(note === undefined ? {} : { note }),
    contenders: rounds.results(),
  };
}
