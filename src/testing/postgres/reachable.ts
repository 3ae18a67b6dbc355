/** Makes sure that the programs can be run by whom they must run as: root's files may be closed to everybody else. */
import { cp, lchown, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { programName } from './binaries.ts';
import type { Owner } from './run.ts';
import type { Workspace } from './workspace.ts';

export interface Programs {
  readonly directory: string;
  /** The version as the server says it, such as `18.4`. */
  readonly version: string;
}

/** The programs, where they are or as a copy in the workspace. */
export const reachablePrograms = (binaries: string, workspace: Workspace): Promise<Programs> =>
  workspace.shared(`programs ${binaries}`, async () => {
    try {
      return { directory: binaries, version: await versionOf(binaries, workspace) };
    } catch (cause) {
      if (workspace.owner.uid === undefined) throw cause;
      const directory = await copyOf(binaries, workspace, cause);
      return { directory, version: await versionOf(directory, workspace) };
    }
  });

const versionOf = async (directory: string, workspace: Workspace): Promise<string> => {
  const said = await workspace.run(join(directory, programName('postgres')), ['--version']);
  return /\) (\d+\S*)/.exec(said)?.[1] ?? said.trim();
};

// PostgreSQL finds `lib` and `share` from where its programs are, so a copy of the three works anywhere.
const copyOf = async (binaries: string, workspace: Workspace, cause: unknown): Promise<string> => {
  const base = dirname(resolve(binaries));
  const parts = (await readdir(base)).filter((name) => ['bin', 'lib', 'share'].includes(name));
  if (parts.length < 3) {
    const who = `user ${String(workspace.owner.uid)}, as whom PostgreSQL runs because it refuses root`;
    throw new Error(`${binaries} cannot be used by ${who}; make it readable to everybody`, { cause });
  }
  const copy = await workspace.directory('programs');
  for (const part of parts) await copyTree(join(base, part), join(copy, part), workspace.owner);
  return join(copy, 'bin');
};

/** Copies a directory with its links as they are, and gives the copy to the owner. Static libraries stay behind. */
const copyTree = async (source: string, target: string, owner: Owner): Promise<void> => {
  await cp(source, target, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  const { uid, gid } = owner;
  if (uid === undefined || gid === undefined) return;
  await lchown(target, uid, gid);
  const entries = await readdir(target, { recursive: true });
  await Promise.all(entries.map((entry) => lchown(join(target, entry), uid, gid)));
};
