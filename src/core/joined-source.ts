/** Several objects as one Readable with an event for each of them, all within one window of memory and requests. */
import { JoinDriver } from './join-driver.ts';
import type { JoinOptions, JoinResult } from './join-driver.ts';
import type { JoinedReference } from './joined-object.ts';
import type { Lifecycle } from './lifecycle.ts';
import { tellObject } from './object-events.ts';
import type { ObjectEvents } from './object-events.ts';
import { RangedDriver } from './ranged-driver.ts';
import type { RangeReader, RangedOptions } from './ranged-source.ts';
import { RangedWindow } from './ranged-window.ts';
import type { RetryHooks } from './retry.ts';
import { createSource } from './source.ts';
import type { Source } from './source.ts';

/** What a listing tells of an object, which is read in that version or not at all. */
export interface ListedObject {
  readonly etag: string;
  readonly size: number;
}

type Joining<R extends JoinedReference<I>, I> = Pick<JoinOptions<R, I>, 'classify' | 'about' | 'each' | 'raw'>;
type Ranged = Pick<
  RangedOptions,
  'partSize' | 'concurrency' | 'maxBufferedBytes' | 'retry' | 'limiter' | 'responseMs' | 'idleMs'
>;

export interface JoinedSourceOptions<R extends JoinedReference<I>, I> extends Joining<R, I> {
  /** In the order in which they are to be read. */
  readonly objects: (hooks: RetryHooks) => AsyncIterator<R, void>;
  readonly reader: (reference: R) => RangeReader<I>;
  /** How each is read; the memory is that of all of them together. */
  readonly ranged: Ranged;
}

export type JoinedSource<I> = ObjectEvents<I> & Source<JoinResult>;

/** Nothing is opened or listed before the first read. */
export function createJoinedSource<R extends JoinedReference<I>, I extends ListedObject>(
  { objects, reader, ranged, ...joining }: JoinedSourceOptions<R, I>,
  lifecycle: Lifecycle<JoinResult>,
): JoinedSource<I> {
  const { concurrency, maxBufferedBytes, limiter } = ranged;
  const window = new RangedWindow(concurrency, maxBufferedBytes);
  const options: JoinOptions<R, I> = {
    ...{ ...joining, window, maxAhead: concurrency },
    objects: (signal) => objects({ ...lifecycle.retrying, limiter, signal }),
    reader: (reference, host) => {
      const { info } = reference;
      const pinned = { version: info?.etag, size: info?.size };
      return new RangedDriver(
        reader(reference),
        { ...ranged, ...pinned, window, start: 0, end: undefined },
        lifecycle,
        host,
      );
    },
    onObject: (info) => tellObject(source, info),
  };
  const source: JoinedSource<I> = createSource({
    lifecycle,
    // Nothing is held in the stream's own buffer: the parts under way are the read-ahead.
    highWaterMark: 0,
    driver: (host) => new JoinDriver(options, lifecycle, host),
  });
  return source;
}
