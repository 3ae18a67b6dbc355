/** Peers that no lock file can hold, since not every registry has the binaries of all their platforms. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { BUILT } from './node-command.ts';

export const PACKAGES = {
  /** The newest whose binary runs on Debian 12: later ones need glibc 2.38. */
  opendal: '0.49.2',
} as const;

export type Package = keyof typeof PACKAGES;

/** Installs what is missing beside the built contenders. Throws where it cannot. */
export function ensurePackages(packages: Iterable<Package>): void {
  for (const name of new Set(packages)) {
    if (existsSync(path.join(BUILT, 'node_modules', name))) continue;
    const wanted = `${name}@${PACKAGES[name]}`;
    execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', BUILT, wanted], { stdio: 'inherit' });
  }
}
