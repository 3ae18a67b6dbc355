/** A directory's listing, page by page. A page that leaves something out is refused: read as it stands, files would be left out. */
import type * as Sdk from '@azure/storage-file-datalake';
import { attempt } from '../../core/deadline.ts';
import { read } from '../../core/foreign.ts';
import { withRetry } from '../../core/retry.ts';
import type { RetryHooks, RetryPolicy } from '../../core/retry.ts';
import { connectorError } from '../../errors.ts';
import { aboutPath, classifyAdlsError, isMissingPath } from './errors.ts';
import { quotedEtag } from './path-info.ts';
import type { PathInfo } from './path-info.ts';
import type { AdlsRequests, ListRequest } from './requests.ts';
import { pathProblem } from './target.ts';

export interface ListingOptions {
  readonly connect: () => Promise<AdlsRequests>;
  readonly retry: RetryPolicy;
  /** Bound of one page, in milliseconds. */
  readonly pageMs: number;
  readonly hooks: RetryHooks;
}

/** What is listed; the pages follow each other. */
export interface ListedDirectory extends Omit<ListRequest, 'continuation'> {
  /** Another listing has told of it, so that it has gone since if it is not there. Default: it may never have been. */
  readonly isTold?: boolean;
}

/** One page in memory at a time. A directory that is not there holds nothing; one that went meanwhile is `OBJECT_CHANGED`. */
export async function* listedPages(
  { isTold = false, ...range }: ListedDirectory,
  options: ListingOptions,
): AsyncGenerator<ListedPage, void, undefined> {
  let continuation: string | undefined;
  let empty = 0;
  do {
    const page = await fetchPage({ ...range, continuation }, isTold || continuation !== undefined, options);
    empty = page.paths.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) throw incomplete('nothing but empty pages');
    if (page.next !== undefined && page.next === continuation) throw incomplete('a page whose next page is itself');
    yield page;
    continuation = page.next;
  } while (continuation !== undefined);
}

export interface ListedPage {
  readonly paths: readonly PathInfo[];
  /** By the clock of the account, where it says so. */
  readonly answeredAt: Date | undefined;
}

/** Some pages may be: the service ends a page when it has looked for long enough. */
const MOST_EMPTY_PAGES = 100;

interface Page extends ListedPage {
  readonly next: string | undefined;
}

function fetchPage(
  request: ListRequest,
  wasThere: boolean,
  { connect, retry, pageMs: ms, hooks }: ListingOptions,
): Promise<Page> {
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `ADLS did not list paths in ${ms} ms` } as const;
  const once = async (cut: AbortSignal): Promise<Page> => {
    const adls = await connect();
    try {
      return pageOf(await adls.listPaths(request, cut), request);
    } catch (error) {
      if (!isMissingPath(error)) throw error;
      // What was listed to the half is not a directory of half as many files.
      if (wasThere) {
        throw connectorError('OBJECT_CHANGED', 'the directory was removed or renamed while it was listed');
      }
      return { paths: [], answeredAt: undefined, next: undefined };
    }
  };
  const tried = async (): Promise<Page> => {
    try {
      return await attempt(once, { signal: hooks.signal, timeout });
    } catch (error) {
      throw aboutPath(classifyAdlsError(error, 'read'), request.container, request.directory);
    }
  };
  return withRetry(tried, retry, hooks);
}

function pageOf(answer: Sdk.FileSystemListPathsResponse | undefined, request: ListRequest): Page {
  // The SDK makes an empty page of a document that has none, such as a proxy's, and of no document at all.
  if (answer === undefined || read(answer._response.parsedBody, 'paths') === undefined) throw incomplete('no paths');
  const paths = (answer.pathItems ?? []).map((item) => infoOf(item, request));
  const { continuation, date: answeredAt } = answer;
  return { paths, answeredAt, next: continuation === '' ? undefined : continuation };
}

/** The service sends numbers and booleans as texts, which the SDK passes on as they come. */
interface ListedItem {
  readonly name?: string;
  readonly isDirectory?: boolean | string;
  readonly contentLength?: number | string;
  readonly etag?: string;
  readonly lastModified?: Date;
}

function infoOf(item: ListedItem, { container, directory, recursive }: ListRequest): PathInfo {
  const { name: path, contentLength, etag = '', lastModified } = item;
  if (path === undefined || pathProblem(path) !== undefined) throw incomplete('a path without a possible name');
  const below = directory === '' ? path : path.slice(directory.length + 1);
  const isBelow = directory === '' || path.startsWith(`${directory}/`);
  if (!isBelow || (!recursive && below.includes('/'))) throw incomplete('a path that was not asked for');
  const isDirectory = String(item.isDirectory) === 'true';
  const size = isDirectory ? 0 : Number(contentLength ?? NaN);
  if (!Number.isSafeInteger(size) || size < 0) throw incomplete('a file of no possible size');
  return { container, path, isDirectory, size, lastModified, etag: quotedEtag(etag) };
}

function incomplete(what: string): Error {
  return connectorError('SERVER_ERROR', `ADLS listed ${what}`);
}
