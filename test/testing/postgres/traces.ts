/** What a server could leave behind: its process, its directory, its port. */
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Whereabouts {
  readonly processId: number;
  readonly port: number;
  readonly socketDir: string;
}

/** The names of what is still there. */
export const traces = async ({ processId, port, socketDir }: Whereabouts): Promise<string[]> => {
  const left: string[] = [];
  if (isAlive(processId)) left.push(`process ${processId}`);
  if (existsSync(socketDir)) left.push(`directory ${socketDir}`);
  if (await answers(port)) left.push(`port ${port}`);
  return left;
};

/** Waits until nothing is left, or for so long. */
export const tracesAfter = async (where: Whereabouts, limitMs: number): Promise<string[]> => {
  const deadline = performance.now() + limitMs;
  let left = await traces(where);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(20);
    left = await traces(where);
  }
  return left;
};

export const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !isZombie(processId);
};

// Ended, but its parent has not asked yet.
const isZombie = (processId: number): boolean => {
  try {
    return readFileSync(`/proc/${processId}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => done(true)).once('error', () => done(false));
  });
