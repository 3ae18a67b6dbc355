/** One ADLS file as a Readable: ordered parallel ranged reads, resumed at the exact byte, verified before `end`. */
import { waits } from '../../config/transfer-shapes.ts';
import type { Duration } from '../../core/duration.ts';
import { createRangedSource } from '../../core/ranged-source.ts';
import type { RangedResult, RangedSource } from '../../core/ranged-source.ts';
import type { Size } from '../../core/size.ts';
import { fileReader } from './file-reader.ts';
import { adlsOptions, adlsStreamContext, adlsWindow, fileSourceSchema, streamProfile } from './options.ts';
import { quotedEtag } from './path-info.ts';
import type { PathInfo } from './path-info.ts';
import type { AdlsStreamOptions } from './stream-options.ts';
import { checkTarget } from './target.ts';

/** How files are read. */
export interface AdlsReadOptions extends AdlsStreamOptions {
  /** Bytes of one request. Default: the profile's, 4 MiB. */
  readonly partSize?: Size | undefined;
  /** Requests under way at once. Default: the profile's, 8. */
  readonly concurrency?: number | undefined;
  /** Bytes requested and not yet consumed, at most. Default `partSize x (concurrency + 1)`. */
  readonly maxBufferedBytes?: Size | undefined;
  /**
   * Compare the bytes with the MD5 that the account holds of the whole file, if its writer gave it one: ADLS computes
   * none by itself. It comes with the bytes and takes no request of its own. Default `true`.
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

/** One file, or some of its bytes. */
export interface AdlsFileSourceOptions extends AdlsReadOptions {
  /** Also called file system. */
  readonly container: string;
  /** Without a `/` at either end. */
  readonly path: string;
  /** Offsets from 0, both inclusive. An `end` past the file's end is cut to it. */
  readonly range?: { readonly start?: number | undefined; readonly end?: number | undefined } | undefined;
  /** Read only this ETag, in quotes or without. */
  readonly ifMatch?: string | undefined;
}

/** A Readable of one file's bytes. */
export type AdlsFileSource = RangedSource<PathInfo>;

/**
 * Reads one file. Nothing is opened before the first read, or before `info` is asked for. Each request after the first
 * is pinned to the first's ETag; a broken one is resumed at the exact byte it broke at, which the SDK does not do.
 *
 * `end` means that as many bytes came as the file has, all of one version, with the MD5 that the account holds of it, if
 * it holds one. An empty file is 0 bytes and a success.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed options, and for a path with a segment that is empty, `.`
 * or `..`. The stream's errors, among others: `NOT_FOUND`, `OBJECT_CHANGED` (replaced while read, or not `ifMatch`),
 * `RANGE_NOT_SATISFIABLE` (`range.start` past the end), `REQUEST_REFUSED` (a directory), `ACCESS_DENIED`,
 * `CHECKSUM_MISMATCH`, and after all retries what broke last, such as `CONNECTION_LOST` or `IDLE_TIMEOUT`.
 */
export function adlsFileSource(options: AdlsFileSourceOptions): AdlsFileSource {
  return fileSourceFor('adlsFileSource', options);
}

/** The same for `caller`, whom refused options name. */
export function fileSourceFor(caller: string, options: AdlsFileSourceOptions): AdlsFileSource {
  const checked = adlsOptions(fileSourceSchema, options, caller);
  const { container, path, range, ifMatch, verify = true } = checked;
  checkTarget(container, path);
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const window = adlsWindow(checked, config);
  const work = { operation: 'read_file', container, path };
  const { lifecycle, retry, limiter, connect } = adlsStreamContext<RangedResult>(checked, profile, work);
  const reader = fileReader({ connect, container, path, verify });
  const version = ifMatch === undefined ? undefined : quotedEtag(ifMatch);
  const position = { start: range?.start ?? 0, end: range?.end, version };
  return createRangedSource(reader, { ...window, ...waits(checked, config), ...position, retry, limiter }, lifecycle);
}
