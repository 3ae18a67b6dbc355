/** One S3 object as a Readable: ordered parallel ranged reads, resumed at the exact byte, verified before `end`. */
import { waits } from '../../config/transfer-shapes.ts';
import type { Duration } from '../../core/duration.ts';
import { createRangedSource } from '../../core/ranged-source.ts';
import type { RangedResult, RangedSource } from '../../core/ranged-source.ts';
import type { Size } from '../../core/size.ts';
import type { S3Config } from './config.ts';
import type { ObjectInfo } from './object-info.ts';
import { objectReader } from './object-reader.ts';
import {
  checkTarget,
  checkedOptions,
  objectSourceSchema,
  s3StreamContext,
  streamProfile,
  windowSize,
} from './options.ts';
import type { S3StreamOptions } from './stream-options.ts';

/** How objects are read. */
export interface S3ReadOptions extends S3StreamOptions {
  /** Bytes of one request. Default: the profile's, 8 MiB. */
  readonly partSize?: Size | undefined;
  /** Requests under way at once. Default: the profile's, 10. */
  readonly concurrency?: number | undefined;
  /** Bytes requested and not yet consumed, at most. Default `partSize x (concurrency + 1)`. */
  readonly maxBufferedBytes?: Size | undefined;
  /**
   * Compare the bytes with the checksum that the store holds: CRC-32, CRC-32C, CRC-64/NVME, MD5 or SHA of the whole, or
   * of each part that the object was uploaded in. Unless a small object was listed, that takes one HeadObject, sent as
   * the first bytes come in, and for checksums of parts a GetObjectAttributes per 1,000 parts; where the caller may not
   * ask that, the length alone is checked. Default `true`, unless the profile's `transfer.checksum` is `none`.
   */
  readonly verify?: boolean | undefined;
  /**
   * The longest wait for a byte that was asked for; bytes that come with less than 1,000 per second do not count.
   * Default: the profile's `timeouts.read`, 60 s.
   */
  readonly idleTimeout?: Duration | undefined;
  /** The longest wait for an answer to begin. Default: the profile's `timeouts.read`, 60 s. */
  readonly responseTimeout?: Duration | undefined;
}

/** One object, or some of its bytes. */
export interface S3ObjectSourceOptions extends S3ReadOptions {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Offsets from 0, both inclusive. An `end` past the object's end is cut to it. */
  readonly range?: { readonly start?: number | undefined; readonly end?: number | undefined } | undefined;
  /** Read only this ETag, as S3 sends it. */
  readonly ifMatch?: string | undefined;
}

/** A Readable of one object's bytes. */
export type S3ObjectSource = RangedSource<ObjectInfo>;

/**
 * Reads one object. Nothing is opened before the first read, or before `info` is asked for. Each request after the
 * first is pinned to the first's ETag; a broken one is resumed at the exact byte it broke at.
 *
 * `end` means that as many bytes came as the object has, all of one version, with the checksum that the store holds of
 * it, if it holds one. An empty object is 0 bytes and a success.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed options. The stream's errors, among others: `NOT_FOUND`,
 * `OBJECT_CHANGED` (replaced while read, or not `ifMatch`), `RANGE_NOT_SATISFIABLE` (`range.start` past the end),
 * `ACCESS_DENIED`, `CHECKSUM_MISMATCH`, and after all retries what broke last, such as `CONNECTION_LOST` or `IDLE_TIMEOUT`.
 */
export function s3ObjectSource(options: S3ObjectSourceOptions): S3ObjectSource {
  return objectSourceFor('s3ObjectSource', options);
}

/** The same for `caller`, whom refused options name. */
export function objectSourceFor(caller: string, options: S3ObjectSourceOptions): S3ObjectSource {
  const checked = checkedOptions(objectSourceSchema, options, caller);
  const { bucket, key, versionId, range, ifMatch } = checked;
  checkTarget(bucket, key);
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const window = windowSize(checked, config);
  const work = { operation: 'get_object', bucket, key };
  const { lifecycle, retry, limiter, connect } = s3StreamContext<RangedResult>(checked, profile, work);
  const reader = objectReader({ connect, bucket, key, versionId, verify: verifies(checked, config) });
  const position = { start: range?.start ?? 0, end: range?.end, version: ifMatch };
  return createRangedSource(reader, { ...window, ...waits(checked, config), ...position, retry, limiter }, lifecycle);
}

/** Whether the bytes are compared with the checksum that the store holds, which a store may refuse to tell. */
export function verifies({ verify }: { readonly verify?: boolean | undefined }, { transfer }: S3Config): boolean {
  return verify ?? transfer.checksum !== 'none';
}
