/**
 * What every source and sink does the same way: the deadline that holds from creation, the error that is reported,
 * the bounded clean-up and the settlement. Nothing here knows a vendor.
 */
import type { Readable, Writable } from 'node:stream';
import { ConnectorError, connectorError, withDetails } from '../errors.ts';
import type { Outcome } from '../errors.ts';
import { Deadline, bounded } from './deadline.ts';
import type { DeadlineOptions } from './deadline.ts';
import type { Duration } from './duration.ts';
import { parseDuration } from './duration.ts';
import { Operation } from './operation.ts';
import type { OperationInfo, OperationTotals } from './operation.ts';
import { Settlement } from './settlement.ts';
import type { Leftover } from './settlement.ts';

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

/** One stream's clock, operation and settlement. */
export class Lifecycle<R> {
  readonly deadline: Deadline;
  readonly operation: Operation;
  readonly settlement = new Settlement<R>();
  readonly cleanupMs: number;
  readonly commitMs: number;
  opened = false;

  constructor(info: OperationInfo, options: LifecycleOptions) {
    this.cleanupMs = parseDuration(options.cleanupTimeout ?? '5s', 'cleanupTimeout');
    this.commitMs = parseDuration(options.commitTimeout ?? '30s', 'commitTimeout');
    this.operation = new Operation(info);
    this.deadline = new Deadline(options);
  }

  /** The first use of the stream: from here on there is something to clean up. */
  open(): void {
    this.deadline.throwIfEnded();
    if (this.opened) return;
    this.opened = true;
    this.deadline.enter('open');
    this.operation.start();
  }

  /** The error to report for a failure of our own: what ended the operation comes before any classification. */
  fault(driver: Driver, error: unknown): ConnectorError {
    return this.#named(this.deadline.error ?? (error instanceof ConnectorError ? error : driver.classify(error)));
  }

  /** Why the stream is being destroyed: our own words for it, whoever said it. */
  reason(error: Error | null): ConnectorError {
    if (this.deadline.error !== undefined) return this.#named(this.deadline.error);
    if (error instanceof ConnectorError) return error;
    // Leaving a `for await` early gives Node's AbortError without a reason.
    if (error === null || (isNodeAbort(error) && error.cause === undefined)) {
      return this.#named(connectorError('ABORTED', 'the stream was destroyed before its end'));
    }
    if (isNodeAbort(error)) {
      return this.#named(connectorError('ABORTED', 'the pipeline was aborted', { cause: error.cause }));
    }
    return this.#named(connectorError('PIPELINE_FAILED', 'another stage of the pipeline failed', { cause: error }));
  }

  /** Runs a driver's clean-up within its bound and says whether it was seen to succeed. */
  async cleanUp(
    driver: Driver,
    outcome: Outcome,
  ): Promise<{ cleanup: 'confirmed' | 'unconfirmed'; leftover?: Leftover }> {
    if (!this.opened) return { cleanup: 'confirmed' };
    const clock = new AbortController();
    let leftover: Leftover | undefined;
    try {
      const work = driver.abort({ outcome, signal: clock.signal });
      leftover = await bounded(work, {
        timeout: { ms: this.cleanupMs, code: 'RESPONSE_TIMEOUT', message: 'the clean-up took too long' },
      });
      if (leftover === undefined) return { cleanup: 'confirmed' };
    } catch {
      leftover = driver.leftover();
    } finally {
      clock.abort();
    }
    return { cleanup: 'unconfirmed', ...(leftover === undefined ? {} : { leftover }) };
  }

  /** Ends the telemetry and the clock, and settles. */
  finish(
    outcome: Outcome,
    totals: OperationTotals,
    ending: { cleanup: 'confirmed' | 'unconfirmed'; leftover?: Leftover; result?: R; error?: ConnectorError },
  ): void {
    this.deadline.close();
    if (ending.error === undefined) this.operation.end(totals);
    else this.operation.fail(ending.error, totals);
    this.settlement.settle({ outcome, ...ending });
  }

  #named(error: ConnectorError): ConnectorError {
    const { connector, operation, profile } = this.operation.info;
    return withDetails(error, { connector, operation, profile, stage: this.deadline.stage });
  }
}

/**
 * Destroys `stream` as soon as its deadline fires. A stream that nobody listens to yet is left alone until somebody
 * does, since its `'error'` event would end the process; its first use fails all the same.
 */
export function holdToDeadline(stream: Readable | Writable, deadline: Deadline, opened: () => boolean): void {
  const end = (): void => {
    if (deadline.error === undefined) return;
    if (opened() || stream.listenerCount('error') > 0) stream.destroy(deadline.error);
    else stream.once('newListener', onListener);
  };
  const onListener = (event: string | symbol): void => {
    if (event === 'error') setImmediate(() => stream.destroy(deadline.error));
    else stream.once('newListener', onListener);
  };
  if (deadline.signal.aborted) end();
  else deadline.signal.addEventListener('abort', end, { once: true });
}

function isNodeAbort(error: Error): boolean {
  return error.name === 'AbortError' && 'code' in error && error.code === 'ABORT_ERR';
}
