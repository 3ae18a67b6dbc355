/** After every test: nothing of what is watched may be left. What is, is named with the test, and the run fails. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Watch } from './watch.ts';
import { fileWatch } from './temporary-files.ts';
import { handleWatch } from './handles.ts';
import { poolWatch } from './pools.ts';
import { signalWatch } from './signals.ts';
import { temporaryPathWatch } from './temporary-paths.ts';
import { uploadWatch } from './uploads.ts';

const WATCHES: readonly Watch[] = [poolWatch, uploadWatch, temporaryPathWatch, signalWatch, handleWatch, fileWatch];

/** For what another process, or the next turn of the loop, still has to do. */
const GRACE_MS = 2_000;
const POLL_MS = 10;

const found: string[] = [];

export async function beginWatching(): Promise<void> {
  // The runner's clock for this hook is set by now, as it will be at the end.
  await turn();
  for (const watch of WATCHES) watch.begin();
}

/** Resolves with what is left, as soon as that is nothing, and after a while in any case. */
export async function leaksNow(graceMs = GRACE_MS): Promise<string[]> {
  const until = performance.now() + graceMs;
  await turn();
  for (;;) {
    const leaks = WATCHES.flatMap((watch) => watch.leaks());
    if (leaks.length === 0 || performance.now() > until) return leaks;
    // Unreferenced, or it would count as a leak itself. The runner's own clock keeps the process meanwhile.
    await new Promise((resolve) => setTimeout(resolve, POLL_MS).unref());
  }
}

/** Notes what `test` has left. The run goes on: a hook that fails would end it, and hide what others leave. */
export async function noteLeaks(test: string): Promise<void> {
  for (const leak of await leaksNow()) {
    found.push(`${test}: ${leak}`);
    process.stderr.write(`LEAK ${test}: ${leak}\n`);
  }
}

/** @throws Error naming every test that left something, and what. */
export function assertNoLeaks(): void {
  if (found.length > 0) throw new Error(`${found.length} leaks\n${found.join('\n')}`);
}
