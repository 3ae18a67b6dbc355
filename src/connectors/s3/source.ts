/** Objects by URL, prefix or glob as one Readable: in key order, each through its own transforms, all within one memory bound. */
import { waits } from '../../config/transfer-shapes.ts';
import type { JoinResult } from '../../core/join-driver.ts';
import type { EachObject as Each, JoinedReference } from '../../core/joined-object.ts';
import { createJoinedSource } from '../../core/joined-source.ts';
import type { JoinedSource } from '../../core/joined-source.ts';
import { connectorError } from '../../errors.ts';
import { aboutObject, classifyS3Error } from './errors.ts';
import { listObjects, parseSelection } from './listing.ts';
import type { ObjectSelection } from './listing.ts';
import type { ListingOptions } from './listing-pages.ts';
import type { ObjectInfo } from './object-info.ts';
import { objectReader } from './object-reader.ts';
import { verifies } from './object-source.ts';
import type { S3ReadOptions } from './object-source.ts';
import { checkedOptions, s3StreamContext, sourceSchema, streamProfile, windowSize } from './options.ts';

/** How several objects are read as one. */
export interface S3SourceOptions extends S3ReadOptions {
  /** Transforms that each object goes through before it is joined, made anew for each: `() => [gunzip(), skipHeader()]`. */
  readonly each?: EachObject | undefined;
  /** When a prefix or glob matches nothing: `NO_MATCH`, or an end without bytes. Default `'error'`. */
  readonly onEmpty?: 'error' | 'end' | undefined;
  /** Join several objects' bytes as they are. */
  readonly join?: 'raw' | undefined;
}

/** Transforms of one object: byte streams in, byte streams out. */
export type EachObject = Each<ObjectInfo>;

/** What was read. */
export type S3SourceResult = JoinResult;

/** A Readable of one or more objects' bytes, with an event for each of them. */
export type S3Source = JoinedSource<ObjectInfo>;

/**
 * Reads `s3://bucket/key`, everything under `s3://bucket/prefix/`, or what a glob such as `s3://bucket/2026/*.csv.gz`
 * matches; with several URLs, one after the other. Objects come in the order of their keys' UTF-8 bytes, listed page by
 * page while reading, and each is pinned to the ETag and size it was listed with. Parts of the next objects are fetched
 * ahead within `concurrency` and `maxBufferedBytes`, which hold for all objects together.
 *
 * More than one object needs `each`, so that a second header line or a missing final newline never becomes data, or
 * `join: 'raw'`. What a transform of `each` threw is the cause of a `PIPELINE_FAILED`; errors name the object.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed URLs and options. The stream's errors: those of
 * `s3ObjectSource`, `NO_MATCH`, and `CONFIG_INVALID` for several objects without `each` or `join`, before any byte.
 */
export function s3Source(url: string | readonly string[], options: S3SourceOptions = {}): S3Source {
  const checked = checkedOptions(sourceSchema, options, 's3Source');
  const selections = (typeof url === 'string' ? [url] : url).map(parseSelection);
  const [first, second] = selections;
  if (first === undefined) throw connectorError('CONFIG_INVALID', 's3Source: no URL', { connector: 's3' });
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const size = windowSize(checked, config);
  const { connect, lifecycle, retry, limiter } = s3StreamContext<S3SourceResult>(checked, profile, {
    operation: second === undefined && first.key !== undefined ? 'get_object' : 'get_objects',
    bucket: selections.every(({ bucket }) => bucket === first.bucket) ? first.bucket : undefined,
    key: second === undefined ? first.key : undefined,
  });
  const verify = verifies(checked, config);
  const listing = { connect, retry, pageMs: config.timeouts.total };
  return createJoinedSource<ObjectReference, ObjectInfo>(
    {
      objects: (hooks) => references(selections, checked.onEmpty, { ...listing, hooks }),
      reader: ({ bucket, key }) => objectReader({ connect, bucket, key, verify }),
      classify: (error) => classifyS3Error(error, 'read'),
      about: (error, { bucket, key }) => aboutObject(error, bucket, key),
      ...{ each: options.each, raw: checked.join === 'raw' },
      ranged: { ...size, ...waits(checked, config), retry, limiter },
    },
    lifecycle,
  );
}

interface ObjectReference extends JoinedReference<ObjectInfo> {
  readonly bucket: string;
  readonly key: string;
}

async function* references(
  selections: readonly ObjectSelection[],
  onEmpty: 'error' | 'end',
  options: ListingOptions,
): AsyncGenerator<ObjectReference, void, undefined> {
  for (const selection of selections) {
    const { bucket, key } = selection;
    if (key !== undefined) {
      yield { bucket, key, info: undefined };
      continue;
    }
    let found = false;
    for await (const info of listObjects(selection, options)) {
      found = true;
      yield { bucket, key: info.key, info };
    }
    if (!found && onEmpty === 'error') throw connectorError('NO_MATCH', `no object matches ${selection.url}`);
  }
}
