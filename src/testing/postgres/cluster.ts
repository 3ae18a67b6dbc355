/** A fresh data directory: `initdb` once for each set of programs, a copy for each server. */
import { randomBytes } from 'node:crypto';
import { appendFile, chown, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { programName } from './binaries.ts';
import type { Programs } from './reachable.ts';
import type { Owner } from './run.ts';
import type { Workspace } from './workspace.ts';

/** The superuser that every cluster here has. */
export const USER = 'postgres';

export interface Cluster {
  /** Holds `data`, the log and the UNIX socket. */
  readonly directory: string;
  readonly dataDirectory: string;
  readonly password: string;
}

interface Template {
  readonly data: string;
  readonly password: string;
}

/** Makes a cluster that reads its settings from `sluice.conf`, which is still to be written. */
export const makeCluster = async (programs: Programs, workspace: Workspace): Promise<Cluster> => {
  const template = await workspace.shared(`cluster ${programs.directory}`, () => initialise(programs, workspace));
  const directory = await workspace.directory('server');
  const dataDirectory = join(directory, 'data');
  // cp is three times as fast as Node at a thousand small files, and as their owner it needs no chown.
  if (process.platform === 'win32') await cp(template.data, dataDirectory, { recursive: true });
  else await workspace.run('cp', ['-R', template.data, dataDirectory]);
  return { directory, dataDirectory, password: template.password };
};

/** Writes a file of the server's that only it may read. */
export const writeFor = async (owner: Owner, path: string, content: string): Promise<void> => {
  await writeFile(path, content, { mode: 0o600 });
  if (owner.uid !== undefined && owner.gid !== undefined) await chown(path, owner.uid, owner.gid);
};

const initialise = async (programs: Programs, workspace: Workspace): Promise<Template> => {
  const directory = await workspace.directory('template');
  const data = join(directory, 'data');
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(directory, 'password');
  await writeFor(workspace.owner, passwordFile, password);
  const initdb = join(programs.directory, programName('initdb'));
  const args = ['-D', data, '-U', USER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push('--encoding=UTF8', '--locale=C', '--no-sync', '--no-instructions');
  await workspace.run(initdb, args);
  await appendFile(join(data, 'postgresql.conf'), "\ninclude 'sluice.conf'\n");
  return { data, password };
};
