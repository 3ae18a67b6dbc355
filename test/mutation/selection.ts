/** Which guards to try: those named, those of an area, those that a change touches, or all. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Guard } from './guard.ts';
import { areas, guards } from './guards/index.ts';

export interface Selection {
  readonly names: readonly string[];
  readonly area?: string | undefined;
  /** Only guards whose file or tests differ from this commit. */
  readonly since?: string | undefined;
}

export function select({ names, area, since }: Selection): readonly Guard[] {
  const known = area === undefined ? guards : areas[area];
  if (known === undefined) throw new Error(`no such area: ${area}; there are ${Object.keys(areas).join(', ')}`);
  const unknown = names.filter((name) => !known.some((guard) => guard.name === name));
  if (unknown.length > 0) throw new Error(`no such guard: ${unknown.join(', ')}`);
  const named = names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
  if (since === undefined) return named;
  const changed = changedSince(since);
  return named.filter(({ file, tests }) => [file, ...tests].some((each) => changed.has(each)));
}

function changedSince(commit: string): ReadonlySet<string> {
  const cwd = path.join(import.meta.dirname, '../..');
  const git = (...args: string[]): string[] => execFileSync('git', args, { cwd, encoding: 'utf8' }).split('\n');
  const tracked = git('diff', '--name-only', commit);
  return new Set([...tracked, ...git('ls-files', '--others', '--exclude-standard')]);
}
