/** One run of mocha in a process of its own, with what its reporter said. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What mocha's JSON reporter says of a test or hook that failed. */
export interface Failure {
  readonly title: string;
  readonly fullTitle: string;
  /** Undefined for a hook of no file. */
  readonly file?: string;
  readonly err: { readonly message?: string; readonly stack?: string };
}

export interface MochaRun {
  readonly tests: number;
  readonly failures: readonly Failure[];
  readonly durationMs: number;
  /** Milliseconds by full title, of tests that passed. */
  readonly took: ReadonlyMap<string, number>;
}

export interface MochaRequest {
  readonly tests: readonly string[];
  readonly grep?: string | undefined;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
  /** An own directory for this run. */
  readonly scratch: string;
}

interface Report {
  readonly stats: { readonly tests: number };
  readonly failures: readonly Failure[];
  readonly passes: readonly { readonly fullTitle: string; readonly duration?: number }[];
}

/** A run that ended without a report: the modules did not load, or the time was up. */
export class NoReport extends Error {}

const ROOT = path.join(import.meta.dirname, '../..');
const MOCHA = path.join(path.dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
const SHOWN_BYTES = 4_000;

/** Runs the tests; a failing test is a result. Rejects with `NoReport` when there is none. */
export async function runMocha(request: MochaRequest): Promise<MochaRun> {
  const started = performance.now();
  const output = path.join(request.scratch, 'report.json');
  // `--exit`: what leaks must not keep the process, since leaking may be what is tried.
  const args = [
    MOCHA,
    '--exit',
    '--reporter',
    'json',
    '--reporter-option',
    `output=${output}`,
    ...(request.args ?? []),
  ];
  if (request.grep !== undefined) args.push('--grep', request.grep);
  const said = await finished([...args, ...request.tests], request);
  const text = await readFile(output, 'utf8').catch(() => undefined);
  if (text === undefined) throw new NoReport(said);
  const { stats, failures, passes } = JSON.parse(text) as Report;
  const took = new Map(passes.map(({ fullTitle, duration = 0 }) => [fullTitle, duration]));
  return { tests: stats.tests, failures, durationMs: performance.now() - started, took };
}

/** Resolves with the end of what the process said, or that it was stopped. */
function finished(args: readonly string[], { env, limitMs }: MochaRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    // Its own coverage would be counted for sources that are not ours.
    const environment = { ...process.env, NODE_OPTIONS: '', ...env, NODE_V8_COVERAGE: undefined };
    const child = spawn(process.execPath, args, { cwd: ROOT, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const note = (chunk: string): void => void (said = (said + chunk).slice(-SHOWN_BYTES));
    child.stdout.setEncoding('utf8').on('data', note);
    child.stderr.setEncoding('utf8').on('data', note);
    // What the tests started watches for our death and goes with it.
    const limit = setTimeout(() => {
      said = `stopped after ${limitMs / 1_000} s\n${said}`;
      child.kill('SIGKILL');
    }, limitMs);
    child.on('error', reject);
    child.on('exit', () => {
      clearTimeout(limit);
      resolve(said.trim());
    });
  });
}
