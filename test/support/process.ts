/** Programs in processes of their own, to be signalled and killed at a moment that somebody else names. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it printed, on both. */
  readonly said: string;
}

export interface Program extends AsyncDisposable {
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<Ending>;
  /** What it has printed so far. */
  readonly said: string;
  kill(signal: NodeJS.Signals): void;
}

const ROOT = path.join(import.meta.dirname, '../..');

/** Starts this same Node with `file`; the disposal ends it, whatever it does. */
export function startProgram(
  file: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env, NODE_V8_COVERAGE: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const note = (chunk: string): void => void (said += chunk);
  child.stdout.setEncoding('utf8').on('data', note);
  child.stderr.setEncoding('utf8').on('data', note);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, said }));
  });
  return {
    ended,
    get said() {
      return said;
    },
    kill: (signal) => void child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
