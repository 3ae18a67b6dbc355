/**
 * What every source and sink does the same way: the deadline that holds from creation, the error that is reported,
 * the bounded clean-up and the settlement. Nothing here knows a vendor.
 */
import type { Readable, Writable } from 'node:stream';
import { ConnectorError, connectorError, withDetails } from '../errors.ts';
import type { Outcome } from '../errors.ts';
import { Deadline, OVER, bounded } from './deadline.ts';
import type { DeadlineOptions } from './deadline.ts';
import type { Duration } from './duration.ts';
import { parseDuration } from './duration.ts';
import { Operation } from './operation.ts';
import type { OperationInfo, OperationTotals } from './operation.ts';
import type { RetryHooks } from './retry.ts';
import { Settlement } from './settlement.ts';
import type { Leftover, Settled } from './settlement.ts';

export interface LifecycleOptions extends DeadlineOptions {
  /** How long an abort may take to clean up after itself. Default 5 s. */
  readonly cleanupTimeout?: Duration | undefined;
  /** How long to wait for the answer to a commit that was sent. Default 30 s. */
  readonly commitTimeout?: Duration | undefined;
}

/** What the lifecycle needs to know of a driver. */
export interface Driver {
  /** Turns a vendor's error into ours; asked only when no signal or deadline has ended the operation. */
  classify(error: unknown): ConnectorError;
  /**
   * Gives everything back. Runs on its own clock: `signal` fires when that is over. Undefined means confirmed;
   * a leftover names what may remain.
   */
  abort(context: AbortContext): Promise<Leftover | undefined>;
  /** What may remain if `abort` does not answer in time. */
  leftover(): Leftover | undefined;
}

export interface AbortContext {
  readonly outcome: Outcome;
  readonly signal: AbortSignal;
}

type Cleanup = Pick<Settled<never>, 'cleanup' | 'leftover'>;

/** One stream's clock, operation and settlement. */
export class Lifecycle<R> {
  readonly deadline: Deadline;
  readonly operation: Operation;
  readonly settlement = new Settlement<R>();
  /** What every retry within the operation reports: the failure, and that it waits. */
  readonly retrying: Required<Pick<RetryHooks, 'onRetry' | 'onPause'>>;
  readonly cleanupMs: number;
  readonly commitMs: number;
  opened = false;
  #over = false;
  #stream: Readable | Writable | undefined;

  constructor(info: OperationInfo, options: LifecycleOptions) {
    this.cleanupMs = parseDuration(options.cleanupTimeout ?? '5s', 'cleanupTimeout');
    this.commitMs = parseDuration(options.commitTimeout ?? '30s', 'commitTimeout');
    this.operation = new Operation(info);
    this.deadline = new Deadline(options, (stage) => this.operation.stage(stage));
    this.retrying = {
      onRetry: (error, attempt) => this.operation.retry(error, attempt),
      onPause: () => this.deadline.backOff(),
    };
  }

  /** The first use of the stream: from here on there is something to clean up. Nothing opens once it is over. */
  open(): void {
    this.deadline.throwIfEnded();
    this.#assertAlive();
    if (this.opened) return;
    this.opened = true;
    this.operation.start();
    this.deadline.enter('open');
    // Whoever was told of it may have destroyed the stream.
    this.#assertAlive();
  }

  /** The error to report for a failure of our own: what ended the operation comes before any classification. */
  fault(driver: Driver, error: unknown): ConnectorError {
    const fault = this.deadline.error ?? (error instanceof ConnectorError ? error : driver.classify(error));
    return this.#named(fault, this.deadline.work);
  }

  /** Why the stream is being destroyed: our own words for it, whoever said it. */
  reason(error: Error | null): ConnectorError {
    if (error instanceof ConnectorError) return error;
    if (this.deadline.error !== undefined) return this.#named(this.deadline.error);
    // Leaving a `for await` early gives Node's AbortError without a reason.
    if (error === null || (isNodeAbort(error) && error.cause === undefined)) {
      return this.#named(connectorError('ABORTED', 'the stream was destroyed before its end'));
    }
    if (isNodeAbort(error)) {
      return this.#named(connectorError('ABORTED', 'the pipeline was aborted', { cause: error.cause }));
    }
    return this.#named(connectorError('PIPELINE_FAILED', 'another stage of the pipeline failed', { cause: error }));
  }

  /** Runs a driver's clean-up for at most `ms` and says whether it was seen to succeed; never rejects. */
  async cleanUp(driver: Driver, outcome: Outcome, ms: number): Promise<Cleanup> {
    this.#over = true;
    if (!this.opened) return { cleanup: 'confirmed' };
    this.deadline.enterCleanup();
    const clock = new AbortController();
    let leftover: Leftover | undefined;
    try {
      const work = driver.abort({ outcome, signal: clock.signal });
      leftover = await bounded(work, {
        timeout: { ms, code: 'RESPONSE_TIMEOUT', message: 'the clean-up took too long' },
      });
      if (leftover === undefined) return { cleanup: 'confirmed' };
    } catch {
      leftover = named(driver);
    } finally {
      clock.abort(OVER);
    }
    return { cleanup: 'unconfirmed', ...(leftover === undefined ? {} : { leftover }) };
  }

  /** Ends the telemetry and the clock, and settles; what comes later changes nothing. */
  finish(outcome: Outcome, totals: OperationTotals, ending: Omit<Settled<R>, 'outcome'>): void {
    this.#over = true;
    this.deadline.close();
    const counted = { ...totals, rows: totals.rows ?? rowsOf(ending.result) };
    if (ending.error === undefined) this.operation.end(counted);
    else this.operation.fail(ending.error, counted);
    this.settlement.settle({ outcome, ...ending });
  }

  /**
   * Destroys `stream` as soon as the deadline fires. A stream that nobody listens to yet is settled and then left alone
   * until somebody does, since its `'error'` event would end the process; its first use fails all the same.
   */
  hold(stream: Readable | Writable): void {
    this.#stream = stream;
    const onDeadline = (): void => {
      const error = this.reason(null);
      const destroy = (): unknown => stream.destroy(error);
      if (this.opened || stream.listenerCount('error') > 0) {
        destroy();
        return;
      }
      this.finish('not-done', {}, { cleanup: 'confirmed', error });
      stream.on('newListener', function onListener(event: string | symbol) {
        if (event !== 'error') return;
        stream.off('newListener', onListener);
        setImmediate(destroy);
      });
    };
    const { signal } = this.deadline;
    if (signal.aborted) onDeadline();
    else signal.addEventListener('abort', onDeadline, { once: true });
  }

  #assertAlive(): void {
    if (!this.#over && this.#stream?.destroyed !== true) return;
    throw this.#named(connectorError('ABORTED', 'the stream is already over'));
  }

  #named(error: ConnectorError, stage = this.deadline.stage): ConnectorError {
    const { connector, operation, profile } = this.operation.info;
    return withDetails(error, { connector, operation, profile, stage });
  }
}

/** What an `'error'` event is given: a foreign error as it came, else ours; nothing where nothing was wrong. */
export function told(error: Error | null, reason: ConnectorError): Error | null {
  return error === null || reason.code === 'PIPELINE_FAILED' ? error : reason;
}

/** What a driver says may remain; one that cannot even say so must not keep the stream from settling. */
function named(driver: Driver): Leftover | undefined {
  try {
    return driver.leftover();
  } catch {
    return undefined;
  }
}

function rowsOf(result: unknown): number | undefined {
  if (typeof result !== 'object' || result === null || !('rows' in result)) return undefined;
  return typeof result.rows === 'number' ? result.rows : undefined;
}

function isNodeAbort(error: Error): boolean {
  return error.name === 'AbortError' && 'code' in error && error.code === 'ABORT_ERR';
}
