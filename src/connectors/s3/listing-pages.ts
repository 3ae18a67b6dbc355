/** A bucket's listing, page by page. A page that leaves something out is refused: read as it stands, objects would be left out. */
import { attempt } from '../../core/deadline.ts';
import { withRetry } from '../../core/retry.ts';
import type { RetryHooks, RetryPolicy } from '../../core/retry.ts';
import { connectorError } from '../../errors.ts';
import { aboutObject, classifyS3Error } from './errors.ts';
import { listedKey } from './listed-key.ts';
import type { S3Requests } from './native.ts';
import type { ObjectInfo } from './object-info.ts';

/** What is listed. */
export interface ListedRange {
  readonly bucket: string;
  /** To the letter: no `/` is added to it. */
  readonly prefix: string;
  /** Keys that hold it behind the prefix are told as what they begin with, up to it. */
  readonly delimiter?: string | undefined;
  /** Entries of a page. Default: the store's, 1,000. */
  readonly pageSize?: number | undefined;
}

export interface ListingOptions {
  readonly connect: () => Promise<S3Requests>;
  readonly retry: RetryPolicy;
  /** Bound of one page, in milliseconds. */
  readonly pageMs: number;
  readonly hooks: RetryHooks;
}

export interface ListedPage {
  readonly objects: readonly ObjectInfo[];
  /** Only with a delimiter. */
  readonly prefixes: readonly string[];
}

/** One page in memory at a time. */
export async function* listedPages(
  range: ListedRange,
  options: ListingOptions,
): AsyncGenerator<ListedPage, void, undefined> {
  let token: string | undefined;
  let empty = 0;
  do {
    const page = await fetchPage(range, token, options);
    empty = page.objects.length + page.prefixes.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) throw incomplete('nothing but empty pages');
    if (page.token !== undefined && page.token === token) throw incomplete('a page whose next page is itself');
    yield page;
    token = page.token;
  } while (token !== undefined);
}

/** Some pages may be: of a store that passes over many deleted versions. */
const MOST_EMPTY_PAGES = 100;

interface Page extends ListedPage {
  readonly token: string | undefined;
}

function fetchPage(
  { bucket, prefix, delimiter, pageSize }: ListedRange,
  token: string | undefined,
  { connect, retry, pageMs: ms, hooks }: ListingOptions,
): Promise<Page> {
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `S3 did not list objects in ${ms} ms` } as const;
  const input = {
    ...{ Bucket: bucket, Prefix: prefix, EncodingType: 'url' as const, ContinuationToken: token },
    ...{ Delimiter: delimiter, MaxKeys: pageSize },
  };
  const once = async (cut: AbortSignal): Promise<Page> => {
    const s3 = await connect();
    return pageOf(await s3.listObjects(input, cut), bucket);
  };
  const tried = async (): Promise<Page> => {
    try {
      return await attempt(once, { signal: hooks.signal, timeout });
    } catch (error) {
      throw aboutObject(classifyS3Error(error, 'read'), bucket, prefix);
    }
  };
  return withRetry(tried, retry, hooks);
}

function pageOf(answer: Awaited<ReturnType<S3Requests['listObjects']>>, bucket: string): Page {
  const { Contents, CommonPrefixes = [], EncodingType, IsTruncated, NextContinuationToken } = answer;
  // A proxy's page of greeting has neither.
  if (Contents === undefined && IsTruncated === undefined) throw incomplete('neither objects nor their end');
  if (IsTruncated === true && NextContinuationToken === undefined) {
    throw incomplete('a page without the way to the next');
  }
  const objects = (Contents ?? []).map(({ Key, Size, ETag: etag = '', LastModified: lastModified }) => {
    if (Key === undefined || Size === undefined) throw incomplete('an object without its key or size');
    if (!Number.isSafeInteger(Size) || Size < 0) throw incomplete('an object of no possible size');
    return { bucket, key: listedKey(Key, EncodingType), size: Size, etag, lastModified };
  });
  const prefixes = CommonPrefixes.map(({ Prefix }) => {
    if (Prefix === undefined) throw incomplete('a prefix without its name');
    return listedKey(Prefix, EncodingType);
  });
  return { objects, prefixes, token: IsTruncated === true ? NextContinuationToken : undefined };
}

function incomplete(what: string): Error {
  return connectorError('SERVER_ERROR', `S3 listed ${what}`);
}
