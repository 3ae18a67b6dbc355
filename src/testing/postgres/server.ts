/** The server process: started, known to be ready, stopped in one of PostgreSQL's three ways. */
import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programName } from './binaries.ts';
import { cleanEnvironment, run } from './run.ts';
import type { Owner } from './run.ts';
import type { Watchdog } from './watchdog.ts';

/** `smart` waits for sessions, `fast` ends them, `immediate` crashes: the next start recovers (PostgreSQL manual, 18.5). */
export type StopMode = 'smart' | 'fast' | 'immediate';

export interface Launch {
  readonly programs: string;
  readonly directory: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly owner: Owner;
  readonly watchdog: Watchdog;
}

export interface Server {
  readonly processId: number;
  readonly running: boolean;
  stop(mode: StopMode): Promise<void>;
}

const SIGNAL: Readonly<Record<StopMode, NodeJS.Signals>> = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' };
const START_LIMIT_MS = 60_000;
const ORPHANS_LIMIT_MS = 10_000;
const POLL_MS = 10;

/** Resolves when the server takes connections. Rejects with the end of its log when it does not come up. */
export const launchServer = async (launch: Launch): Promise<Server> => {
  const log = await open(launch.logFile, 'a', 0o600);
  const { size: logStart } = await log.stat();
  const child = spawn(join(launch.programs, programName('postgres')), ['-D', launch.dataDirectory], {
    ...launch.owner,
    cwd: launch.directory,
    env: cleanEnvironment(),
    stdio: ['ignore', log.fd, log.fd],
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const processId = child.pid ?? 0;
  if (processId !== 0) launch.watchdog.guard(processId);
  const state = { running: true };
  const exited = new Promise<Error | undefined>((resolve) => {
    child.once('error', resolve);
    child.once('exit', () => resolve(undefined));
  }).then((error) => {
    state.running = false;
    launch.watchdog.forget(processId);
    return error;
  });
  await log.close();

  const stop = async (mode: StopMode) => {
    if (!state.running) return;
    child.ref();
    await sendStop(launch, mode, () => {
      child.kill(SIGNAL[mode]);
      // A test may have frozen it.
      if (mode === 'immediate') child.kill('SIGCONT');
    });
    await exited;
  };
  try {
    await ready(launch, processId, state);
  } catch (cause) {
    child.kill('SIGKILL');
    const reason = (await exited) ?? cause;
    const said = (await readFile(launch.logFile)).subarray(logStart).toString().slice(-2_000);
    throw new Error(`PostgreSQL did not start (${String(reason)}): ${said}`, { cause });
  }
  child.unref();
  return {
    processId,
    get running() {
      return state.running;
    },
    stop,
  };
};

/** Whether a failed launch failed because somebody else listens on the port. */
export const portTaken = (error: unknown): boolean =>
  error instanceof Error && /could not bind|could not create any TCP/.test(error.message);

/** Starts a server whose predecessor may have been killed: that one's orphans need a moment to notice. */
export const relaunchServer = async (launch: Launch): Promise<Server> => {
  const deadline = Date.now() + ORPHANS_LIMIT_MS;
  for (;;) {
    try {
      return await launchServer(launch);
    } catch (error) {
      const orphans = error instanceof Error && /pre-existing shared memory|lock file/.test(error.message);
      if (!orphans || Date.now() > deadline) throw error;
      await delay(POLL_MS);
    }
  }
};

// Windows has no such signals; there pg_ctl talks to the server through a named pipe.
const sendStop = async (launch: Launch, mode: StopMode, signal: () => void): Promise<void> => {
  if (process.platform !== 'win32') {
    signal();
    return;
  }
  const args = ['stop', '-D', launch.dataDirectory, '-m', mode];
  await run(join(launch.programs, programName('pg_ctl')), args, { owner: launch.owner, cwd: launch.directory });
};

const ready = async (launch: Launch, processId: number, state: { readonly running: boolean }): Promise<void> => {
  const deadline = Date.now() + START_LIMIT_MS;
  while (state.running) {
    // Line 1 of postmaster.pid is the process, line 8 its status (PostgreSQL's miscadmin.h).
    const file = await readFile(join(launch.dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = file.split('\n');
    // A standby takes connections too, if only to read.
    if (Number(lines[0]) === processId && /^(ready|standby)\s*$/.test(lines[7] ?? '')) return;
    if (Date.now() > deadline) throw new Error(`not ready after ${START_LIMIT_MS} ms`);
    await delay(POLL_MS);
  }
  throw new Error('it ended at once');
};
