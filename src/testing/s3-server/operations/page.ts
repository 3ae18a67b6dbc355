/** One page of a listing: names in order, rolled up at the delimiter, cut at the limit. Pure. */

/** Names in order, such as the keys of a bucket. */
export interface Names {
  all(): readonly string[];
  lowerBound(name: string): number;
}

export interface PageQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what comes after; a common prefix comes after itself only when its last name does. */
  readonly after: string;
  readonly limit: number;
}

/** A name, or a prefix that stands for all names below it. */
export interface PageEntry {
  readonly name: string;
  readonly isPrefix: boolean;
}

export interface Page {
  readonly entries: readonly PageEntry[];
  readonly truncated: boolean;
}

export function pageOf(names: Names, { prefix, delimiter, after, limit }: PageQuery): Page {
  const list = names.all();
  const entries: PageEntry[] = [];
  let index = names.lowerBound(after > prefix ? after : prefix);
  for (; index < list.length; index += 1) {
    const name = list[index] ?? '';
    if (!name.startsWith(prefix)) break;
    const rolled = commonPrefix(name, prefix, delimiter);
    // A marker that is itself a common prefix hides every name below it.
    if (name === after || (rolled !== undefined && rolled === after)) continue;
    if (rolled !== undefined && entries.at(-1)?.isPrefix === true && entries.at(-1)?.name === rolled) continue;
    if (entries.length === limit) return { entries, truncated: limit > 0 };
    entries.push(rolled === undefined ? { name, isPrefix: false } : { name: rolled, isPrefix: true });
  }
  return { entries, truncated: false };
}

function commonPrefix(name: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = name.indexOf(delimiter, prefix.length);
  return end === -1 ? undefined : name.slice(0, end + delimiter.length);
}

/** How `encoding-type=url` writes names: as in a form, slashes kept. */
export function urlEncode(name: string): string {
  return encodeURIComponent(name)
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/');
}
