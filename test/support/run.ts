/** Runs programs to their end and keeps what they said. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Finished {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** Resolves when `program` exits with 0, and rejects with everything it said otherwise. */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const finished = await outcomeOf(program, args, options);
  if (finished.status === 0) return finished;
  throw new Error(`${program} ${args.join(' ')} ended with ${finished.status}\n${finished.stdout}${finished.stderr}`);
}

/** `run` of this same Node. */
export function runNode(args: readonly string[], options: RunOptions): Promise<Finished> {
  return run(process.execPath, args, options);
}

/** What tsc says about the project in `folder`: nothing when it compiles. */
export async function typeErrors(folder: string): Promise<string> {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status, stdout, stderr } = await outcomeOf(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: folder,
  });
  const said = stdout + stderr;
  return status === 0 || said !== '' ? said : `tsc ended with ${status}`;
}

/** What a program said, however it ended. */
export function outcomeOf(program: string, args: readonly string[], { cwd, env = {} }: RunOptions): Promise<Finished> {
  return new Promise((resolve) => {
    // A guard that is switched off for a mutation run is off in every process; nobody else's options are handed down.
    const { SLUICE_GUARD_OFF: guard, NODE_OPTIONS: options = '' } = process.env;
    // An own NODE_V8_COVERAGE keeps Node from handing down the runner's: a compiler's coverage is nobody's question.
    const environment = {
      ...process.env,
      NODE_OPTIONS: guard === undefined ? '' : options,
      ...env,
      NODE_V8_COVERAGE: undefined,
    };
    execFile(program, args, { cwd, env: environment, maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? error.signal ?? 'a failure'), stdout, stderr });
    });
  });
}
