/** Fuzzes one target for a while, or replays one input of it, under a watchdog. */
import path from 'node:path';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { DEFAULT_LIMITS } from './limits.ts';
import type { RunLimits } from './limits.ts';
import type { Target } from './target.ts';
import type { Watched } from './watchdog.ts';

export interface FuzzOptions {
  readonly name: string;
  readonly seconds: number;
  readonly seed: number;
  /** Of fast-check: which input of this seed, and how it was made smaller. */
  readonly path?: string | undefined;
  readonly limits?: RunLimits;
}

export interface FuzzResult {
  readonly runs: number;
  /** What went wrong, the input, and how to replay it; `undefined`: nothing. */
  readonly failure: string | undefined;
}

export async function fuzzTarget(made: Target<unknown>, options: FuzzOptions): Promise<FuzzResult> {
  const { name, seconds, seed } = options;
  const replay = `npm run fuzz -- --target ${name} --seed ${seed} --path `;
  const watched = watch(replay, options.limits ?? DEFAULT_LIMITS);
  let runs = 0;
  const property = fc.asyncProperty(made.input, async (input) => {
    runs += 1;
    watched.begin();
    try {
      await made.check(input);
    } finally {
      watched.end();
    }
  });
  // What is loaded with the first input is nobody's fault.
  await made.warmUp?.();
  try {
    const found = await fc.check(property, {
      seed,
      ...(options.path === undefined ? { numRuns: MAX_RUNS } : { path: options.path, numRuns: 1 }),
      interruptAfterTimeLimit: seconds * 1_000,
      markInterruptAsFailure: false,
    });
    if (!found.failed) return { runs, failure: undefined };
    const input = fc.stringify(found.counterexample?.[0]);
    const shown = input.length > SHOWN ? `${input.slice(0, SHOWN)}... (${input.length} characters)` : input;
    const error = inspect(found.errorInstance, { depth: 4 });
    return { runs, failure: `${error}\n  input: ${shown}\n  ${replay}${found.counterexamplePath ?? '0'}` };
  } finally {
    await watched.close();
  }
}

const MAX_RUNS = 1_000_000_000;
const SHOWN = 2_000;

/** Everything is written before a run begins: what blocks the thread cannot write afterwards. */
const watch = (replay: string, limits: RunLimits) => {
  const watched: Watched = {
    run: new Int32Array(new SharedArrayBuffer(8)),
    memory: new Float64Array(new SharedArrayBuffer(8)),
    replay,
    limits,
  };
  const worker = new Worker(path.join(import.meta.dirname, 'watchdog.ts'), { workerData: watched });
  return {
    begin() {
      watched.memory[0] = process.memoryUsage.rss();
      Atomics.add(watched.run, 0, 1);
      Atomics.store(watched.run, 1, 1);
    },
    end: () => void Atomics.store(watched.run, 1, 0),
    close: () => worker.terminate(),
  };
};
