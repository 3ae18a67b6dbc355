/** Runs a program of PostgreSQL to its end, in an environment that none of the caller's `PG*` variables reach. */
import { spawn } from 'node:child_process';

/** Whom the programs run as. Empty: as ourselves. PostgreSQL refuses to run as root. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

export interface RunOptions {
  readonly owner: Owner;
  /** A directory that the owner may enter; ours may be closed to it. */
  readonly cwd: string;
  /** Called with the process id as soon as there is one. */
  readonly started?: (processId: number) => void;
}

/** Resolves with what the program printed. Rejects, with its messages, when it fails or cannot be started. */
export const run = (program: string, args: readonly string[], options: RunOptions): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options.owner,
      cwd: options.cwd,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    if (child.pid !== undefined) options.started?.(child.pid);
    let output = '';
    let messages = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (messages += text));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${program} failed (${signal ?? `exit code ${String(code)}`}): ${messages || output}`));
    });
  });

// LC_ALL=C also keeps macOS from making the postmaster multithreaded, which it refuses.
const KEPT = ['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SYSTEMROOT', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'];

/** The few variables that the programs need. No `PG*`, no `NODE_OPTIONS`, no coverage directory. */
export const cleanEnvironment = (): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(([name]) => KEPT.includes(name.toUpperCase()));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
};
