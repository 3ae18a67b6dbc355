/** Which objects a URL stands for: one key, all under a prefix, or those a glob matches; listed page by page. */
import { attempt } from '../../core/deadline.ts';
import { globMatcher, globPrefix, isGlob } from '../../core/glob.ts';
import { withRetry } from '../../core/retry.ts';
import type { RetryHooks, RetryPolicy } from '../../core/retry.ts';
import { formatObjectUri, parseObjectUri } from '../../core/uri.ts';
import { connectorError } from '../../errors.ts';
import { aboutObject, classifyS3Error } from './errors.ts';
import { listedKey } from './listed-key.ts';
import type { S3Requests } from './native.ts';
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

export interface ListingOptions {
  readonly connect: () => Promise<S3Requests>;
  readonly retry: RetryPolicy;
  /** Bound of one page, in milliseconds. */
  readonly pageMs: number;
  readonly hooks: RetryHooks;
}

/**
 * The objects of a selection in key order (UTF-8 bytes), one page in memory at a time. Empty objects whose keys end in
 * `/` are left out: consoles make them to show a directory.
 */
export async function* listObjects(
  selection: ObjectSelection,
  options: ListingOptions,
): AsyncGenerator<ObjectInfo, void, undefined> {
  let token: string | undefined;
  let last = '';
  let empty = 0;
  do {
    const page = await fetchPage(selection, token, options);
    empty = page.objects.length === 0 ? empty + 1 : 0;
    if (empty > MOST_EMPTY_PAGES) throw incomplete('nothing but empty pages');
    if (page.token !== undefined && page.token === token) throw incomplete('a page whose next page is itself');
    for (const info of page.objects) {
      if (Buffer.compare(Buffer.from(last), Buffer.from(info.key)) >= 0) throw unordered(selection);
      last = info.key;
      if (selection.matches(info.key) && !(info.size === 0 && info.key.endsWith('/'))) yield info;
    }
    token = page.token;
  } while (token !== undefined);
}

/** Some pages may be: of a store that passes over many deleted versions. */
const MOST_EMPTY_PAGES = 100;

interface Page {
  readonly objects: readonly ObjectInfo[];
  readonly token: string | undefined;
}

function fetchPage(
  { bucket, prefix }: ObjectSelection,
  token: string | undefined,
  { connect, retry, pageMs: ms, hooks }: ListingOptions,
): Promise<Page> {
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `S3 did not list objects in ${ms} ms` } as const;
  const input = { Bucket: bucket, Prefix: prefix, EncodingType: 'url' as const, ContinuationToken: token };
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

/** What a page says; refuses one that leaves something out, since read as it stands, objects would be left out. */
function pageOf(answer: Awaited<ReturnType<S3Requests['listObjects']>>, bucket: string): Page {
  const { Contents, EncodingType, IsTruncated, NextContinuationToken } = answer;
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
  return { objects, token: IsTruncated === true ? NextContinuationToken : undefined };
}

function incomplete(what: string): Error {
  return connectorError('SERVER_ERROR', `S3 listed ${what}`);
}

function unordered({ url }: ObjectSelection): Error {
  return connectorError(
    'CONFIG_INVALID',
    `this store does not list every key once and in order, so ${url} cannot be read as one`,
  );
}
