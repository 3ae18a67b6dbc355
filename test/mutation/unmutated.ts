/** The tests of the guards over the source as it is: a test that is red anyway kills nothing. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Guard } from './guard.ts';
import { runMocha } from './mocha-run.ts';
import type { MochaRun } from './mocha-run.ts';

/** All named tests in one process, or in two: the files that a guard wants whole, and the selected titles of the others. */
export async function runUnmutated(guards: readonly Guard[], limitMs: number): Promise<MochaRun> {
  const whole = new Set(guards.filter(({ grep }) => grep === undefined).flatMap(({ tests }) => tests));
  const selecting = guards.filter(({ grep, tests }) => grep !== undefined && tests.some((file) => !whole.has(file)));
  const selected = new Set(selecting.flatMap(({ tests }) => tests).filter((file) => !whole.has(file)));
  const grep = [...new Set(selecting.map((guard) => `(?:${guard.grep ?? ''})`))].join('|');

  const runs: MochaRun[] = [];
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-unmutated-'));
  try {
    if (whole.size > 0) runs.push(await runMocha({ tests: [...whole], limitMs, scratch }));
    if (selected.size > 0) runs.push(await runMocha({ tests: [...selected], grep, limitMs, scratch }));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return {
    tests: runs.reduce((sum, { tests }) => sum + tests, 0),
    failures: runs.flatMap(({ failures }) => failures),
    durationMs: runs.reduce((sum, { durationMs }) => sum + durationMs, 0),
    took: new Map(runs.flatMap(({ took }) => [...took])),
  };
}

/** Whether one of the guard's own test files was red without any switch. */
export function isRed({ tests }: Guard, { failures }: MochaRun): boolean {
  return failures.some(({ file }) => tests.some((test) => file?.endsWith(`/${test}`)));
}
