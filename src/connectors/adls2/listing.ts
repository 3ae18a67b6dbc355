/** Which files a URL stands for: one path, all below a directory, or those a glob matches. */
import { globDirectories, globMatcher, globPrefix, isGlob } from '../../core/glob.ts';
import { KeyOrder, isBefore } from '../../core/key-order.ts';
import { listedPages } from './listing-pages.ts';
import type { ListingOptions } from './listing-pages.ts';
import type { PathInfo } from './path-info.ts';
import { refused } from './refusal.ts';
import { checkTarget, pathProblem } from './target.ts';
import { isTemporaryName } from './temporary-name.ts';
import { parseAdlsUrl } from './uri.ts';

/** One path, or what has to be listed to know the paths. */
export interface PathSelection {
  readonly container: string;
  /** The account's host, where the URL names it. */
  readonly host: string | undefined;
  /** Set for one file that is named by its path. */
  readonly path: string | undefined;
  /** Where listing begins; empty for the whole container. */
  readonly directory: string;
  readonly matches: (path: string) => boolean;
  /** Whether a file below this directory may match. */
  readonly mayHold: (directory: string) => boolean;
  /** For messages. */
  readonly url: string;
}

/**
 * What a URL selects: a glob, everything below a directory (a path ending in `/`, or the whole container), or one file.
 *
 * @throws ConfigError `CONFIG_INVALID` for anything else.
 */
export function parseSelection(url: string): PathSelection {
  const { container, host, path: pattern } = parseAdlsUrl(url);
  const prefix = globPrefix(pattern);
  const [matches, mayHold] = isGlob(pattern)
    ? [globMatcher(pattern), globDirectories(pattern)]
    : [(path: string) => path.startsWith(prefix), () => true];
  const about = { container, host, matches, mayHold, url };
  if (isGlob(pattern) || prefix === '' || prefix.endsWith('/')) {
    const directory = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
    const problem = prefix.includes('/') ? pathProblem(directory) : undefined;
    if (problem === undefined) return { ...about, path: undefined, directory };
    throw refused(problem);
  }
  checkTarget(container, prefix);
  return { ...about, path: prefix, directory: '' };
}

/**
 * The files of a selection in the order of their paths' UTF-8 bytes, one page of each directory on the way in memory.
 * What writers have not published yet is left out.
 */
export async function* listFiles(
  selection: PathSelection,
  options: ListingOptions,
): AsyncGenerator<PathInfo, void, undefined> {
  const order = new KeyOrder(selection.url);
  for await (const info of filesBelow({ ...selection, order }, { directory: selection.directory }, options)) {
    order.next(info.path);
    if (selection.matches(info.path) && !isTemporaryName(info.path)) yield info;
  }
}

/**
 * Directory by directory, since a listing of the whole tree has another order: `a/1` before `a-1`. So a directory waits
 * until all that comes before `a/` has passed.
 */
async function* filesBelow(
  selection: PathSelection & { readonly order: KeyOrder },
  at: { readonly directory: string; readonly isTold?: true },
  options: ListingOptions,
): AsyncGenerator<PathInfo, void, undefined> {
  const { container, mayHold, order } = selection;
  const below = (directory: string) => filesBelow(selection, { directory, isTold: true }, options);
  /** Those that wait, by the order of what they hold. */
  let waiting: string[] = [];
  for await (const { paths } of listedPages({ container, ...at, recursive: false }, options)) {
    for (const entry of paths) {
      const due = waiting.filter((name) => isBefore(`${name}/`, entry.path));
      waiting = waiting.slice(due.length);
      for (const name of due) yield* below(name);
      if (waiting.includes(entry.path)) throw order.broken();
      if (!entry.isDirectory) yield entry;
      else if (mayHold(entry.path)) waiting = inOrder(waiting, entry.path);
    }
  }
  for (const name of waiting) yield* below(name);
}

function inOrder(waiting: readonly string[], directory: string): string[] {
  const at = waiting.findIndex((name) => isBefore(`${directory}/`, `${name}/`));
  return waiting.toSpliced(at === -1 ? waiting.length : at, 0, directory);
}
