/**
 * One temporary directory and one watchdog for all servers of this process, there as long as any server is.
 * What servers can share (prepared binaries, a cluster to copy) is made once in it.
 */
import { chown, mkdtemp, mkdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { run } from './run.ts';
import type { Owner } from './run.ts';
import { startWatchdog } from './watchdog.ts';
import type { Watchdog } from './watchdog.ts';

export interface Workspace {
  /** Absolute path, short enough for a UNIX socket below it. */
  readonly root: string;
  /** Whom PostgreSQL's programs run as, and who owns the files here. */
  readonly owner: Owner;
  readonly watchdog: Watchdog;
  /** A new, empty directory. */
  directory(prefix: string): Promise<string>;
  /** Runs a program to its end as the owner, and not beyond our own end. Resolves with what it printed. */
  run(program: string, args: readonly string[]): Promise<string>;
  /** The value made for this key, made once; a failure is not kept. */
  shared<T>(key: string, make: () => Promise<T>): Promise<T>;
  /** Gives this server's share back. The last one out removes everything. */
  release(): Promise<void>;
}

interface House {
  readonly root: string;
  readonly owner: Owner;
  readonly watchdog: Watchdog;
  readonly made: Map<string, Promise<unknown>>;
  count: number;
}

let open: { house: Promise<House>; users: number } | undefined;

/** Opens the process's workspace, or joins the one that is open. */
export const openWorkspace = async (): Promise<Workspace> => {
  const entry = (open ??= { house: build(), users: 0 });
  entry.users += 1;
  let released = false;
  const release = async () => {
    if (released) return;
    released = true;
    entry.users -= 1;
    if (entry.users > 0) return;
    if (open === entry) open = undefined;
    await tearDown(await entry.house);
  };
  try {
    return { ...shares(await entry.house), release };
  } catch (error) {
    if (open === entry) open = undefined;
    throw error;
  }
};

const shares = (house: House): Omit<Workspace, 'release'> => ({
  root: house.root,
  owner: house.owner,
  watchdog: house.watchdog,
  async directory(prefix) {
    house.count += 1;
    const path = join(house.root, `${prefix}${house.count}`);
    await mkdir(path, { mode: 0o700 });
    await give(path, house.owner);
    return path;
  },
  async run(program, args) {
    let processId = 0;
    const started = (id: number) => house.watchdog.guard((processId = id));
    try {
      return await run(program, args, { owner: house.owner, cwd: house.root, started });
    } finally {
      house.watchdog.forget(processId);
    }
  },
  shared<T>(key: string, make: () => Promise<T>) {
    const known = house.made.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const making = make();
    house.made.set(key, making);
    making.catch(() => house.made.delete(key));
    return making;
  },
});

const build = async (): Promise<House> => {
  // 65534 is nobody on every system we know; PostgreSQL refuses to run as root.
  const owner: Owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const root = await mkdtemp(join(await parent(owner), 'sluice-pg-'));
  await give(root, owner);
  return { root, owner, watchdog: await startWatchdog(root), made: new Map(), count: 0 };
};

const tearDown = async (house: House): Promise<void> => {
  // Copies of binaries or clusters may still be on their way for a start that has failed.
  await Promise.allSettled(house.made.values());
  await rm(house.root, { recursive: true, force: true, maxRetries: 5 });
  await house.watchdog.end();
};

const give = async (path: string, owner: Owner): Promise<void> => {
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(path, owner.uid, owner.gid);
};

/** The system's temporary directory, or /tmp when the former is too long for a socket or closed to the owner. */
const parent = async (owner: Owner): Promise<string> => {
  const configured = await realpath(tmpdir());
  if (process.platform === 'win32') return configured;
  // sun_path holds 103 (macOS) or 107 (Linux) bytes; '/sluice-pg-XXXXXX/server99/.s.PGSQL.65535' takes 42.
  const short = Buffer.byteLength(configured) <= 60;
  return short && (owner.uid === undefined || (await openToAll(configured))) ? configured : '/tmp';
};

const openToAll = async (path: string): Promise<boolean> => {
  if (((await stat(path)).mode & 0o001) === 0) return false;
  return dirname(path) === path || openToAll(dirname(path));
};
