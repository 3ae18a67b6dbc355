/**
 * A Writable over a driver that can write, commit and abort. `finish` means durable: the commit is sent only after
 * the upstream ended cleanly, and once it was sent neither signal nor deadline stops the wait for its answer,
 * since an abort at that moment followed by the user's retry would double the data.
 */
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { connectorError, withDetails } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { OVER, bounded } from './deadline.ts';
import { told } from './lifecycle.ts';
import type { Driver, Lifecycle } from './lifecycle.ts';
import type { Settled } from './settlement.ts';

export interface SinkProgress {
  /** Bytes the driver has accepted. */
  readonly bytes: number;
  readonly rows?: number;
}

/** A Writable with its outcome. */
export interface Sink<R> extends Writable {
  /** What became of the data; never rejects, always settles. */
  readonly settled: Promise<Settled<R>>;
  /** Set when `finish` is emitted. */
  readonly result: R | undefined;
  /** Live. */
  readonly progress: SinkProgress;
}

/** `C` is Buffer, or what a sink of objects takes. */
export interface SinkDriver<R, C = Buffer> extends Driver {
  /** Takes chunks, opening the destination at the first call; resolves when it wants more, undefined where it does now. */
  write(chunks: readonly C[]): Promise<void> | undefined;
  /** Of a sink of objects, whose bytes the driver alone knows: what it has accepted. */
  readonly progress?: SinkProgress;
  /** Everything short of the commit: after it, one request makes the data durable. */
  flush(): Promise<void>;
  /**
   * Sends the commit, waits for its answer, and asks the destination if the answer is lost. `signal` fires when
   * `commitTimeout` is over. A failure's `outcome` says what became of the data.
   */
  commit(signal: AbortSignal): Promise<R>;
}

/** What a driver may tell its stream. */
export interface SinkHost {
  /** A failure that no pending call will report. */
  fail(error: unknown): void;
}

export interface SinkSpec<R, C> {
  readonly lifecycle: Lifecycle<R>;
  /** Bytes, or objects where `objectMode` is set. */
  readonly highWaterMark: number;
  readonly objectMode?: C extends Buffer ? false : true;
  readonly driver: (host: SinkHost) => SinkDriver<R, C>;
}

/** What an attempt to commit came to. */
type Verdict<R> =
  { readonly result: R; readonly error?: never } | { readonly error: ConnectorError; readonly result?: never };

export function createSink<R, C = Buffer>(spec: SinkSpec<R, C>): Sink<R> {
  const { lifecycle, highWaterMark, objectMode = false, driver: makeDriver } = spec;
  const counted = { bytes: 0 };
  let result: R | undefined;
  let committing: Promise<Verdict<R>> | undefined;
  let commitEndsAt = Infinity;
  let blockedMs = 0;

  const progress = (): SinkProgress => driver.progress ?? counted;

  const accept = (chunks: readonly C[]): Promise<void> | undefined => {
    lifecycle.open();
    const taken = driver.write(chunks);
    if (taken !== undefined) return taking(taken, chunks);
    count(chunks);
    return undefined;
  };

  const taking = async (taken: Promise<void>, chunks: readonly C[]): Promise<void> => {
    const since = performance.now();
    await taken;
    blockedMs += performance.now() - since;
    count(chunks);
  };

  const count = (chunks: readonly C[]): void => {
    if (!objectMode) for (const chunk of chunks as readonly Buffer[]) counted.bytes += chunk.length;
  };

  const commit = async (): Promise<Verdict<R>> => {
    const clock = new AbortController();
    try {
      const message = 'the commit was sent and its answer did not come in time';
      return {
        result: await bounded(driver.commit(clock.signal), {
          timeout: { ms: lifecycle.commitMs, code: 'COMMIT_TIMEOUT', message, outcome: 'unknown' },
        }),
      };
    } catch (error) {
      return { error: lifecycle.fault(driver, error) };
    } finally {
      clock.abort(OVER);
    }
  };

  const finalize = async (): Promise<void> => {
    lifecycle.open();
    await driver.flush();
    lifecycle.deadline.enter('commit');
    // A stream destroyed during the flush has been, or is being, settled as not done.
    if (stream.destroyed) throw lifecycle.reason(null);
    lifecycle.deadline.close();
    commitEndsAt = performance.now() + lifecycle.commitMs;
    committing = commit();
    const verdict = await committing;
    if (verdict.error !== undefined) throw verdict.error;
    result = verdict.result;
  };

  const settle = async (error: Error | null): Promise<Error | null> => {
    const verdict = await committing;
    const totals = { bytes: progress().bytes, blockedMs };
    if (verdict !== undefined && verdict.error === undefined) {
      const { result } = verdict;
      if (error === null) {
        lifecycle.finish('done', totals, { cleanup: 'confirmed', result });
        return null;
      }
      const reason = withDetails(lifecycle.reason(error), { outcome: 'done' });
      lifecycle.finish('done', totals, { cleanup: 'confirmed', result, error: reason });
      return told(error, reason);
    }
    const reason = verdict?.error ?? lifecycle.reason(error);
    const outcome = verdict?.error.outcome ?? 'not-done';
    // A commit that was refused is a failure like any other; one without an answer has had its time.
    const remaining = outcome === 'unknown' ? Math.max(0, commitEndsAt - performance.now()) : Infinity;
    const cleanupMs = Math.min(lifecycle.cleanupMs, remaining);
    const ending = await lifecycle.cleanUp(driver, outcome, cleanupMs);
    lifecycle.finish(outcome, totals, { ...ending, error: reason });
    // Node takes a Writable that was ended and then destroyed without an error for finished: `pipeline` would resolve.
    if (error === null && stream.writableEnded && stream.listenerCount('error') > 0) return reason;
    return told(error, reason);
  };

  const forward = (work: () => Promise<void> | undefined, callback: (error?: Error | null) => void): void => {
    const failed = (error: unknown): void => callback(lifecycle.fault(driver, error));
    let working: Promise<void> | undefined;
    try {
      working = work();
    } catch (error) {
      failed(error);
      return;
    }
    if (working === undefined) callback();
    else working.then(() => callback(), failed);
  };

  const stream = new Writable({
    ...{ highWaterMark, objectMode, decodeStrings: true },
    write: (chunk: C, _encoding, callback) => forward(() => accept([chunk]), callback),
    writev: (chunks, callback) => forward(() => accept(chunks.map(({ chunk }) => chunk as C)), callback),
    final: (callback) => forward(finalize, callback),
    destroy: (error, callback) => {
      settle(error).then(callback, () => callback(connectorError('UNKNOWN', 'the clean-up failed')));
    },
  });
  const shown = (): object => ({ ...progress(), destroyed: stream.destroyed });
  const driver = makeDriver({ fail: (error) => void stream.destroy(lifecycle.fault(driver, error)) });
  lifecycle.hold(stream);
  return Object.defineProperties(stream, {
    settled: { value: lifecycle.settlement.promise },
    progress: { get: progress },
    result: { get: () => (stream.writableFinished ? result : undefined) },
    // Rows that wait in the stream are shown to nobody.
    ...(objectMode ? { [inspect.custom]: { value: shown }, toJSON: { value: shown } } : {}),
  }) as Sink<R>;
}
