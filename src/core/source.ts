/**
 * A Readable over a driver that is pulled. `end` means verified: the driver ends only after every length and checksum
 * agreed and everything was given back. Leaving a `for await` early waits for the clean-up.
 */
import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { connectorError, withDetails } from '../errors.ts';
import type { Outcome } from '../errors.ts';
import { Chunks, closed } from './chunks.ts';
import { told } from './lifecycle.ts';
import type { Driver, Lifecycle } from './lifecycle.ts';
import type { Settled } from './settlement.ts';
import { Turn } from './turn.ts';

export interface SourceProgress {
  /** Bytes handed to the consumer. */
  readonly bytes: number;
  readonly rows?: number;
  /** Known once the size of what is read is known. */
  readonly totalBytes?: number;
}

/** A Readable with its outcome. */
export interface Source<R> extends Readable {
  /** What became of the reading; never rejects, always settles. */
  readonly settled: Promise<Settled<R>>;
  /** Set when `end` is emitted. */
  readonly result: R | undefined;
  /** Live. */
  readonly progress: SourceProgress;
}

/** Objects that came together, and how many bytes they were. */
export interface Batch {
  readonly rows: readonly unknown[];
  readonly bytes: number;
}

/** `C` is Buffer, or Batch for a source of objects. */
export interface SourceDriver<R, C = Buffer> extends Driver {
  /** What comes next, or undefined when all was read, verified and given back. Opens at the first call. */
  pull(): Promise<C | undefined>;
  /** Asked once, after the end. */
  result(): R;
  readonly totalBytes: number | undefined;
  /** What became of what the reading does where it reads, should it fail. Default: `not-done`. */
  readonly outcome?: Outcome;
}

export interface SourceHost {
  /** A failure that no pending pull will report. */
  fail(error: unknown): void;
}

export interface SourceSpec<R, C> {
  readonly lifecycle: Lifecycle<R>;
  /** Bytes; or objects, of which so many of one batch are given out at once at most, and none more before all are taken. */
  readonly highWaterMark: number;
  readonly objectMode?: C extends Batch ? true : false;
  readonly driver: (host: SourceHost) => SourceDriver<R, C>;
}

/** One row, one more while that is worked on, and ever more as long as the event loop has its turns. */
const GROWTH = 1.5;

export function createSource<R, C extends Buffer | Batch>(spec: SourceSpec<R, C>): Source<R> {
  const { lifecycle, highWaterMark, objectMode = false } = spec;
  const progress: { bytes: number; rows?: number; totalBytes?: number } = objectMode
    ? { bytes: 0, rows: 0 }
    : { bytes: 0 };
  let rows: readonly unknown[] = [];
  let next = 0;
  const turn = new Turn();
  /** Rows that are given out at once, by the last whole one. */
  let share = 1;
  let result: R | undefined;
  let blockedMs = 0;
  let idleSince = 0;

  const measure = (): SourceProgress => {
    const { totalBytes } = driver;
    return totalBytes === undefined ? progress : Object.assign(progress, { totalBytes });
  };

  /** Gives out some of what is here already. */
  const deliver = (): void => {
    let isWanted = true;
    do {
      for (const end = Math.min(next + Math.floor(share), rows.length); next < end;) {
        progress.rows = (progress.rows ?? 0) + 1;
        isWanted = stream.push(rows[next++]);
      }
      share = Math.min(GROWTH * share, highWaterMark);
    } while (isWanted && next < rows.length && !turn.isOver);
  };

  const pull = async (): Promise<C | undefined> => {
    if (lifecycle.opened) blockedMs += performance.now() - idleSince;
    lifecycle.open();
    let chunk = await driver.pull();
    // Node asks for no more after an empty chunk, and would wait for ever.
    while (chunk !== undefined && sizeOf(chunk) === 0) chunk = await driver.pull();
    lifecycle.deadline.throwIfEnded();
    idleSince = performance.now();
    if (chunk === undefined) {
      lifecycle.deadline.close();
      result = driver.result();
    } else progress.bytes += 'rows' in chunk ? chunk.bytes : chunk.length;
    return chunk;
  };

  const give = (): void => {
    // Node asks again after a push, also while the driver is being asked: both at once would mix their rows.
    if (next < rows.length) {
      deliver();
      return;
    }
    pull().then(
      (chunk) => {
        if (chunk === undefined || !('rows' in chunk)) stream.push(chunk ?? null);
        else {
          ({ rows } = chunk);
          next = 0;
          deliver();
        }
      },
      (error: unknown) => stream.destroy(lifecycle.fault(driver, error)),
    );
  };

  /** Rows that take long are given out one by one, and between them every clock and signal has a turn. */
  const giveLater = (): void => {
    share = 1;
    turn.next(() => {
      if (lifecycle.deadline.error === undefined && !stream.destroyed) give();
    });
  };

  const settle = async (error: Error | null): Promise<Error | null> => {
    const totals = { bytes: progress.bytes, blockedMs };
    if (stream.readableEnded && result !== undefined) {
      lifecycle.finish('done', totals, { cleanup: 'confirmed', result });
      return error;
    }
    const { outcome = 'not-done' } = driver;
    const reason = withDetails(lifecycle.reason(error), { outcome });
    const ending = await lifecycle.cleanUp(driver, outcome, lifecycle.cleanupMs);
    lifecycle.finish(outcome, totals, { ...ending, error: reason });
    return told(error, reason);
  };

  const stream = new Readable({
    // Node counts objects and not their bytes. A batch is bounded by its bytes, and while one of it waits there is no other.
    highWaterMark: objectMode ? 1 : highWaterMark,
    objectMode,
    read: () => (next < rows.length && turn.isOver ? giveLater() : give()),
    destroy: (error, callback) => {
      settle(error).then(callback, () => callback(connectorError('UNKNOWN', 'the clean-up failed')));
    },
  });
  const shown = (): object => ({ ...progress, destroyed: stream.destroyed });
  const driver = spec.driver({ fail: (error) => void stream.destroy(lifecycle.fault(driver, error)) });
  lifecycle.hold(stream);
  return Object.defineProperties(stream, {
    settled: { value: lifecycle.settlement.promise },
    progress: { get: measure },
    result: { get: () => (stream.readableEnded ? result : undefined) },
    [Symbol.asyncIterator]: { value: () => new Chunks(stream) },
    [Symbol.asyncDispose]: { value: () => closed(stream) },
    // Rows that wait in the stream are shown to nobody.
    ...(objectMode ? { [inspect.custom]: { value: shown }, toJSON: { value: shown } } : {}),
  }) as Source<R>;
}

function sizeOf(chunk: Buffer | Batch): number {
  return 'rows' in chunk ? chunk.rows.length : chunk.length;
}
