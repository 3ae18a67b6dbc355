/** Peak memory of a tree of processes, read from Linux' /proc while it runs. */
import { readFileSync } from 'node:fs';

export interface Resident {
  /** Highest resident size of the largest process, in bytes. */
  readonly largest: number;
  /** Of all processes together, each at its own highest. */
  readonly sum: number;
}

export interface ResidentWatch {
  /** Ends the watch. */
  stop(): Resident;
}

const EVERY_MS = 20;

/**
 * Watches the children of `parent`, their children and so on. The kernel keeps each process's own high-water mark
 * (proc(5), VmHWM), so only what grows within a process's last 20 ms is missed. wait4's `ru_maxrss` will not do: it
 * begins at the size of whoever forked.
 */
export function watchResident(parent: number): ResidentWatch {
  const peaks = new Map<number, number>();
  const look = (): void => {
    for (const pid of descendants(parent)) {
      const bytes = highWaterMark(pid);
      if (bytes > 0) peaks.set(pid, bytes);
    }
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      const all = [...peaks.values()];
      return { largest: Math.max(0, ...all), sum: all.reduce((total, bytes) => total + bytes, 0) };
    },
  };
}

function descendants(pid: number): number[] {
  const children = readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function highWaterMark(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readProc(`${pid}/status`))?.[1] ?? 0) * 1024;
}

/** Empty for a process that is gone. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'latin1');
  } catch {
    return '';
  }
}
