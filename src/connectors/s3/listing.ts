/** Which objects a URL stands for: one key, all under a prefix, or those a glob matches. */
import { globMatcher, globPrefix, isGlob } from '../../core/glob.ts';
import { KeyOrder } from '../../core/key-order.ts';
import { formatObjectUri, parseObjectUri } from '../../core/uri.ts';
import { listedPages } from './listing-pages.ts';
import type { ListingOptions } from './listing-pages.ts';
import type { ObjectInfo } from './object-info.ts';

/** One key, or what has to be listed to know the keys. */
export interface ObjectSelection {
  readonly bucket: string;
  /** Set for one object that is named by its key. */
  readonly key: string | undefined;
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
  /** For messages. */
  readonly url: string;
}

/**
 * What `s3://bucket/...` selects: a glob, everything under a prefix ending in `/` (or in the whole bucket), or one key.
 *
 * @throws ConfigError `CONFIG_INVALID` for anything else.
 */
export function parseSelection(url: string): ObjectSelection {
  const { bucket, key: pattern } = parseObjectUri(url, ['s3']);
  const prefix = globPrefix(pattern);
  if (isGlob(pattern)) return { bucket, key: undefined, prefix, matches: globMatcher(pattern), url };
  if (prefix === '' || prefix.endsWith('/'))
    return { bucket, key: undefined, prefix, matches: (key) => key.startsWith(prefix), url };
  formatObjectUri({ scheme: 's3', bucket, key: prefix });
  return { bucket, key: prefix, prefix, matches: (key) => key === prefix, url };
}

/**
 * The objects of a selection in key order (UTF-8 bytes), one page in memory at a time. Empty objects whose keys end in
 * `/` are left out: consoles make them to show a directory.
 */
export async function* listObjects(
  selection: ObjectSelection,
  options: ListingOptions,
): AsyncGenerator<ObjectInfo, void, undefined> {
  const order = new KeyOrder(selection.url);
  for await (const { objects } of listedPages(selection, options)) {
    for (const info of objects) {
      order.next(info.key);
      if (selection.matches(info.key) && !(info.size === 0 && info.key.endsWith('/'))) yield info;
    }
  }
}
