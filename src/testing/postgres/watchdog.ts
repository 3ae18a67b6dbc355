/**
 * A detached process that outlives ours by a moment. Its stdin is a pipe that only we hold, so however we end, it
 * reads end-of-file, stops the servers it was told of and removes the directory.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { cleanEnvironment } from './run.ts';

export interface Watchdog {
  readonly processId: number;
  /** Stop this process too, should we die. */
  guard(processId: number): void;
  /** It has ended: its number may soon belong to somebody else. */
  forget(processId: number): void;
  /** Ends the watchdog, which removes the directory, and waits until it is gone. */
  end(): Promise<void>;
}

/** Starts a watchdog over a directory. It does not keep our event loop alive. */
export const startWatchdog = async (directory: string): Promise<Watchdog> => {
  const child = spawn(process.execPath, ['-e', SCRIPT, directory], {
    cwd: '/',
    env: cleanEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    windowsHide: true,
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // A watchdog that somebody killed must not take us with it: its pipe then answers EPIPE.
  child.stdin.on('error', () => undefined);
  await once(child, 'spawn');
  const unref = () => {
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
  };
  unref();
  return {
    processId: child.pid ?? 0,
    guard: (processId) => void child.stdin.write(`+${processId}\n`),
    forget: (processId) => void child.stdin.write(`-${processId}\n`),
    async end() {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
};

/**
 * Plain CommonJS, so that it runs alike from our sources and from the compiled package. SIGQUIT is PostgreSQL's
 * immediate shutdown, which gives its shared memory back; SIGKILL is for what has not gone after a second.
 */
const SCRIPT = `
const { readFileSync, rmSync, existsSync } = require('node:fs');
const directory = process.argv[1];
const guarded = new Set();
const signal = (id, name) => { try { process.kill(id, name); return true; } catch { return false; } };
const alive = (id) => {
  if (!signal(id, 0)) return false;
  try { return !/\\) Z /.test(readFileSync('/proc/' + id + '/stat', 'latin1')); } catch { return process.platform !== 'linux'; }
};
const childrenOf = (id) => {
  try { return readFileSync('/proc/' + id + '/task/' + id + '/children', 'latin1').split(' ').filter(Boolean).map(Number); } catch { return []; }
};
const remove = (left) => {
  try { rmSync(directory, { recursive: true, force: true }); } catch {}
  if (existsSync(directory) && left > 0) setTimeout(remove, 20, left - 1);
};
const wait = (deadline) => {
  const left = [...guarded].filter(alive);
  if (left.length > 0 && Date.now() < deadline) return void setTimeout(wait, 10, deadline);
  for (const id of left) { signal(-id, 'SIGKILL'); signal(id, 'SIGKILL'); }
  remove(250);
};
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
let text = '';
process.stdin.setEncoding('latin1').on('data', (chunk) => {
  const lines = (text + chunk).split('\\n');
  text = lines.pop();
  for (const line of lines) line[0] === '+' ? guarded.add(Number(line.slice(1))) : guarded.delete(Number(line.slice(1)));
}).on('end', () => {
  for (const id of [...guarded].flatMap(childrenOf)) guarded.add(id);
  for (const id of guarded) { signal(id, 'SIGQUIT'); signal(id, 'SIGCONT'); }
  wait(Date.now() + 1000);
});
`;
