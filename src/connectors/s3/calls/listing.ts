/** A bucket's objects, listed as one operation: the next page is on its way while this one is used. */
import * as v from 'valibot';
import { boolean, integer } from '../../../config/schema.ts';
import { Call } from '../../../core/call.ts';
import { listedCall } from '../../../core/listed-call.ts';
import type { OwnClient } from '../stream-options.ts';
import type { ListedPage, ListedRange } from '../listing-pages.ts';
import type { ObjectInfo } from '../object-info.ts';
import { callShape, checkTarget, checkedOptions } from '../options.ts';
import { callContext, callInfo } from './client-call.ts';
import type { S3CallOptions } from './call-options.ts';
import { pagesAhead } from './pages-ahead.ts';

export interface ListObjectsOptions extends S3CallOptions {
  /** What the keys begin with, to the letter. Default: all keys. */
  readonly prefix?: string | undefined;
  /**
   * `false`: only what is directly under the prefix, up to the next `/`; each directory further down is told once, as
   * `{ isPrefix: true }` with a key that ends in `/`. Default `true`: all keys.
   */
  readonly recursive?: boolean | undefined;
  /** At most so many entries in all. Default: all of them. */
  readonly maxKeys?: number | undefined;
}

/** What is listed: an object, or with `recursive: false` what several keys begin with. */
export interface ListedObject extends ObjectInfo {
  /** No object, but a directory of them, so to speak: its size is 0 and its ETag empty. */
  readonly isPrefix?: true;
}

const listSchema = v.object({
  ...callShape,
  prefix: v.optional(v.string(), ''),
  recursive: v.optional(boolean(), true),
  maxKeys: v.optional(integer(0, Number.MAX_SAFE_INTEGER)),
});

/** S3's largest page ("ListObjectsV2", `max-keys`). */
const LARGEST_PAGE = 1_000;

export function listedObjects(
  client: OwnClient,
  bucket: string,
  options: ListObjectsOptions,
): AsyncGenerator<ListedObject, void, undefined> {
  const { prefix, recursive, maxKeys: most = Infinity, ...call } = checkedOptions(listSchema, options, 'listObjects');
  checkTarget(bucket, prefix);
  const pageSize = most < LARGEST_PAGE ? { pageSize: Math.max(1, most) } : {};
  const range = { bucket, prefix, ...pageSize, ...(recursive ? {} : { delimiter: '/' }) };
  return entries(client, range, call, most);
}

function entries(
  client: OwnClient,
  range: ListedRange,
  options: S3CallOptions,
  most: number,
): AsyncGenerator<ListedObject, void, undefined> {
  const subject = { operation: 'list_objects', bucket: range.bucket, key: range.prefix || undefined };
  return listedCall(() => {
    const one = new Call(callInfo(client, subject), options);
    const context = callContext(client, subject, options, one);
    const pages = async function* () {
      for await (const page of pagesAhead(context, range)) yield entriesOf(page, range.bucket);
    };
    return { one, pages, most, classify: (error) => context.classify(error, 'read') };
  });
}

/** Both kinds in the order of their bytes, as S3 would tell them if it told them as one. */
function entriesOf({ objects, prefixes }: ListedPage, bucket: string): readonly ListedObject[] {
  if (prefixes.length === 0) return objects;
  const directories = prefixes.map((key): ListedObject => {
    return { bucket, key, size: 0, lastModified: undefined, etag: '', isPrefix: true };
  });
  return [...objects, ...directories].sort((one, other) =>
    Buffer.compare(Buffer.from(one.key), Buffer.from(other.key)),
  );
}
