/** A Readable over ranged reads of one immutable version: what a store supplies, what a reader may set, the factory. */
import type { Readable } from 'node:stream';
import type { ConnectorError } from '../errors.ts';
import type { Lifecycle } from './lifecycle.ts';
import { RangedDriver } from './ranged-driver.ts';
import type { RangedWindow } from './ranged-window.ts';
import type { RequestLimiter } from './request-limiter.ts';
import type { RetryPolicy } from './retry.ts';
import { createSource } from './source.ts';
import type { Source } from './source.ts';
import type { StoredChecksum, StoredVersion } from './whole-checksum.ts';

export interface RangeRequest {
  readonly offset: number;
  /** At most this many bytes; fewer only where the object ends. */
  readonly length: number;
  /** The version every byte must come from; undefined for the very first request. */
  readonly version: string | undefined;
  /** The range is known to be the whole object: a store may be asked for it plainly, and for its checksum with it. */
  readonly whole: boolean;
  readonly signal: AbortSignal;
}

export interface RangeReply<I> {
  readonly version: string;
  /** Size of the whole object. */
  readonly totalBytes: number;
  /** The range that the body holds, as the server states it. */
  readonly offset: number;
  readonly length: number;
  readonly body: Readable;
  readonly info: I;
  /** What the store holds of the whole object; `'ask'` where it holds something that this reply does not tell. */
  readonly checksum?: StoredChecksum | 'ask' | undefined;
}

/** The three small functions that a store supplies. */
export interface RangeReader<I> {
  readRange(request: RangeRequest): Promise<RangeReply<I>>;
  classify(error: unknown): ConnectorError;
  /** What the store holds of the whole object, if it holds any checksum that can be computed. */
  stored?(object: StoredVersion, signal: AbortSignal): Promise<StoredChecksum | undefined>;
}

export interface RangedOptions {
  readonly partSize: number;
  readonly concurrency: number;
  readonly maxBufferedBytes: number;
  /** First byte, counted from 0. */
  readonly start: number;
  /** Last byte, inclusive; undefined for the end of the object. */
  readonly end: number | undefined;
  /** Refuse any other version than this one. */
  readonly version: string | undefined;
  /** Size of that version where it is known beforehand: parts then start in parallel at once. */
  readonly size?: number | undefined;
  /** Memory and requests shared with other readers. Default: `concurrency` and `maxBufferedBytes` for this one alone. */
  readonly window?: RangedWindow | undefined;
  readonly retry: RetryPolicy;
  /** Shared with all that talk to the same store. */
  readonly limiter?: RequestLimiter | undefined;
  readonly responseMs: number;
  readonly idleMs: number;
}

export interface RangedResult {
  readonly bytes: number;
  readonly durationMs: number;
  /** Requests for ranges, repeated ones included. */
  readonly requests: number;
  /** Requests that resumed or repeated a broken one. */
  readonly retries: number;
}

/** A source that also knows its object; asking for `info` opens it. */
export interface RangedSource<I> extends Source<RangedResult> {
  readonly info: Promise<I>;
}

/** A Readable over `reader`, not opened before its first read. */
export function createRangedSource<I>(
  reader: RangeReader<I>,
  options: RangedOptions,
  lifecycle: Lifecycle<RangedResult>,
): RangedSource<I> {
  let driver: RangedDriver<I> | undefined;
  const source = createSource({
    lifecycle,
    // Nothing is held in the stream's own buffer: the driver's parts are the read-ahead.
    highWaterMark: 0,
    driver: (host) => (driver = new RangedDriver(reader, options, lifecycle, host)),
  });
  const info = (): Promise<I> | undefined => {
    const asked = driver?.info();
    // Until they are known, a failure is told to whoever asked; it must not end the process as well.
    source.on('error', ignore);
    asked?.then(
      () => source.off('error', ignore),
      () => undefined,
    );
    return asked;
  };
  return Object.defineProperty(source, 'info', { get: info }) as RangedSource<I>;
}

const ignore = (): void => undefined;
