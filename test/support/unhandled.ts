/** What Node would have ended the process for: rejections that nobody handles, and process warnings. */
import { setImmediate as turn } from 'node:timers/promises';

/** The reasons of the promises that were rejected during `work` and handled by nobody. */
export async function unhandled(work: () => Promise<void>): Promise<unknown[]> {
  const seen: unknown[] = [];
  const note = (reason: unknown): number => seen.push(reason);
  // The runner's own listeners would fail the test for a reason of their own.
  const others = process.rawListeners('unhandledRejection') as NodeJS.UnhandledRejectionListener[];
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', note);
  try {
    await work();
    // Node looks for them once the turn's microtasks are done.
    await turn();
    await turn();
  } finally {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  }
  return seen;
}

/** The warnings of the process during `work`. */
export async function warnings(work: () => Promise<void>): Promise<Error[]> {
  const seen: Error[] = [];
  const note = (warning: Error): number => seen.push(warning);
  process.on('warning', note);
  try {
    await work();
    await turn();
  } finally {
    process.off('warning', note);
  }
  return seen;
}
