/**
 * Sees from its own thread what a blocked one cannot report: an input that takes too long, or too much memory. It says
 * which one it was and ends the process.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import type { RunLimits } from './limits.ts';

/** What the fuzzing thread writes for the watchdog to read. */
export interface Watched {
  /** [0]: the number of the run, from 1; [1]: 1 while it runs. */
  readonly run: Int32Array;
  /** [0]: bytes that the process held when it began. */
  readonly memory: Float64Array;
  /** The command that replays run n, up to its number. */
  readonly replay: string;
  readonly limits: RunLimits;
}

const TICK_MS = 20;
const STDOUT = 1;

const { run, memory, replay, limits } = workerData as Watched;
let seen = { number: 0, cpu: process.cpuUsage(), at: performance.now() };

const end = (what: string): void => {
  writeSync(STDOUT, `FAILED: ${what}\n  ${replay}${seen.number - 1}\n`);
  // The thread that runs the input cannot be asked.
  process.kill(process.pid, 'SIGKILL');
};

for (;;) {
  await sleep(TICK_MS);
  const number = Atomics.load(run, 0);
  if (Atomics.load(run, 1) === 0 || number !== seen.number) {
    seen = { number, cpu: process.cpuUsage(), at: performance.now() };
    continue;
  }
  const { user, system } = process.cpuUsage(seen.cpu);
  const cpuMs = (user + system) / 1_000;
  const wallMs = performance.now() - seen.at;
  const bytes = process.memoryUsage.rss() - (memory[0] ?? 0);
  if (cpuMs > limits.cpuMs) end(`one input took more than ${limits.cpuMs} ms of processor time`);
  if (wallMs > limits.wallMs) end(`one input had not ended after ${limits.wallMs} ms`);
  if (bytes > limits.memoryBytes) end(`one input took ${Math.round(bytes / 2 ** 20)} MiB of memory`);
}
