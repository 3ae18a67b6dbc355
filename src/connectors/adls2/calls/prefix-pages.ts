/** The pages of a container's paths that begin with a prefix. */
import { pagesAhead } from '../../../core/read-ahead.ts';
import { listedPages } from '../listing-pages.ts';
import type { ListedPage, ListingOptions } from '../listing-pages.ts';
import type { CallContext } from './client-call.ts';

export interface ListedPrefix {
  readonly container: string;
  readonly prefix: string;
  readonly recursive: boolean;
}

/** One page is asked for ahead. Leaving early ends the request for it. */
export function pagesBelow(
  { connect, retry, settings, hooks }: CallContext,
  range: ListedPrefix,
): AsyncGenerator<ListedPage, void, undefined> {
  const options = { connect, retry, pageMs: settings.timeouts.read };
  return pagesAhead(hooks.signal, (signal) => matchingPages(range, { ...options, hooks: { ...hooks, signal } }));
}

/** The service lists directories. Of a prefix that ends within a name, only the directories that match are gone into. */
async function* matchingPages(
  { container, prefix, recursive }: ListedPrefix,
  options: ListingOptions,
): AsyncGenerator<ListedPage, void, undefined> {
  const directory = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
  if (prefix === '' || prefix.endsWith('/')) {
    yield* listedPages({ container, directory, recursive }, options);
    return;
  }
  for await (const { paths, answeredAt } of listedPages({ container, directory, recursive: false }, options)) {
    for (const entry of paths.filter(({ path }) => path.startsWith(prefix))) {
      yield { paths: [entry], answeredAt };
      if (!recursive || !entry.isDirectory) continue;
      yield* listedPages({ container, directory: entry.path, recursive }, options);
    }
  }
}
