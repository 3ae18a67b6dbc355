/** Which paths a command line means. */
import type { BenchCase, BenchPath } from './case.ts';

export interface ChosenPath {
  readonly benchCase: BenchCase;
  readonly path: BenchPath;
}

/** `raw-copy` is all of its paths, `raw-copy/real` one; nothing is everything. Throws for a name that is neither. */
export function selectPaths(cases: readonly BenchCase[], names: readonly string[]): ChosenPath[] {
  const all = cases.flatMap((benchCase) => benchCase.paths.map((path) => ({ benchCase, path })));
  const matches = ({ benchCase, path }: ChosenPath, name: string): boolean =>
    name === benchCase.name || name === `${benchCase.name}/${path.name}`;
  for (const name of names) {
    if (all.some((chosen) => matches(chosen, name))) continue;
    throw new Error(`no case ${name}; there are ${cases.map((benchCase) => benchCase.name).join(', ')}`);
  }
  return names.length === 0 ? all : all.filter((chosen) => names.some((name) => matches(chosen, name)));
}
