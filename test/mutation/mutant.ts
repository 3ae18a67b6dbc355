/** Tries one guard: runs its tests with the guard switched off, and judges what they said. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Guard } from './guard.ts';
import { NoReport, runMocha } from './mocha-run.ts';
import type { Failure, MochaRun } from './mocha-run.ts';

/** `killed`: a test noticed. `survived`: none did. `invalid`: nothing was tried, so nothing is known. */
export type Outcome = 'killed' | 'survived' | 'invalid';

export interface Verdict {
  readonly guard: string;
  readonly outcome: Outcome;
  /** The full title of the test that failed, or why nothing was tried. */
  readonly detail: string;
  readonly seconds: number;
}

export interface TrialLimits {
  /** Of one process, in milliseconds. */
  readonly limitMs: number;
  /** Of one test that names no time of its own, in milliseconds. */
  readonly testMs: number;
  /** What each test takes without a switch, in milliseconds by full title: a slow one that times out has noticed nothing. */
  readonly took?: ReadonlyMap<string, number>;
}

const SWITCH = pathToFileURL(path.join(import.meta.dirname, 'switch.ts')).href;

export async function tryGuard(guard: Guard, { limitMs, testMs, took = new Map() }: TrialLimits): Promise<Verdict> {
  const started = performance.now();
  const scratch = await mkdtemp(path.join(tmpdir(), 'sluice-mutant-'));
  const witness = path.join(scratch, 'loaded');
  const verdict = (outcome: Outcome, detail: string): Verdict => ({
    guard: guard.name,
    outcome,
    detail,
    seconds: Math.round((performance.now() - started) / 100) / 10,
  });
  try {
    const run = await runMocha({
      tests: guard.tests,
      grep: guard.grep,
      args: ['--bail', '--timeout', String(testMs)],
      env: {
        NODE_OPTIONS: `--import="${SWITCH}"`,
        SLUICE_GUARD_OFF: JSON.stringify(guard),
        SLUICE_GUARD_LOADED: witness,
      },
      limitMs,
      scratch,
    });
    return verdict(...judge(run, existsSync(witness), took));
  } catch (error) {
    if (error instanceof NoReport) return verdict('invalid', `no test ran: ${shortened(error.message)}`);
    throw error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function judge(
  { tests, failures: [failure] }: MochaRun,
  loaded: boolean,
  took: ReadonlyMap<string, number>,
): [Outcome, string] {
  if (!loaded) return ['invalid', 'its tests never load its file'];
  if (failure === undefined) {
    return tests === 0 ? ['invalid', 'no test has such a title'] : ['survived', `all ${tests} tests passed`];
  }
  const { fullTitle } = failure;
  if (isArranging(failure)) return ['invalid', fullTitle];
  const timeoutMs = timeoutOf(failure);
  if (timeoutMs === undefined) return ['killed', fullTitle];
  const isSlow = (took.get(fullTitle) ?? 0) > timeoutMs / 2;
  return isSlow ? ['invalid', `${fullTitle} (slow without a switch as well)`] : ['killed', `${fullTitle} (timed out)`];
}

/** A suite that could not be set up, or a name that is not there, says nothing about the guard. */
function isArranging({ title, err }: Failure): boolean {
  return /^"before (all|each)" hook/.test(title) || err.stack?.startsWith('ReferenceError') === true;
}

function shortened(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line));
  return lines.slice(0, 6).join('\n');
}

/** Milliseconds after which mocha gave the test up. */
function timeoutOf({ err }: Failure): number | undefined {
  const [, ms] = /^Timeout of (\d+)ms exceeded/.exec(err.message ?? '') ?? [];
  return ms === undefined ? undefined : Number(ms);
}
