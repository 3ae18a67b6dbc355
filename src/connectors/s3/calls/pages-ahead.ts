/** A listing within a call: the next page is on its way while this one is used. */
import { pagesAhead as ahead } from '../../../core/read-ahead.ts';
import { listedPages } from '../listing-pages.ts';
import type { ListedPage, ListedRange } from '../listing-pages.ts';
import type { CallContext } from './client-call.ts';

/** Leaving the pages early ends the request for the next. */
export function pagesAhead(
  { connect, retry, settings, hooks }: CallContext,
  range: ListedRange,
): AsyncGenerator<ListedPage, void, undefined> {
  const options = { connect, retry, pageMs: settings.timeouts.total };
  return ahead(hooks.signal, (signal) => listedPages(range, { ...options, hooks: { ...hooks, signal } }));
}
