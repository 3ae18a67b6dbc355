/** One retry policy, and one budget of it that opening and resuming share. */
import pRetry from 'p-retry';
import { ConnectorError, connectorError } from '../errors.ts';
import { backOff, pause } from './back-off.ts';
import { bounded } from './deadline.ts';
import type { Duration } from './duration.ts';
import { parseDuration } from './duration.ts';
import type { Admission, RequestLimiter } from './request-limiter.ts';

export interface RetryOptions {
  /**
   * Tries in all, the first one included. Default 5. With more than one, a try that the server refused because it wants
   * fewer requests (`THROTTLED`) is no try of these: `elapsed` bounds how long that may go on.
   */
  readonly attempts?: number;
  /** Total time after which nothing is tried again: credentials and payload are not renewed. Default 3 minutes. */
  readonly elapsed?: Duration;
  /** Least pause before the second try; doubles each time, with jitter of up to as much again. Default 100 ms. */
  readonly minDelay?: Duration;
  /** The longest pause, save for one that the server asks for; jitter takes up to half of it. Default 2 s. */
  readonly maxDelay?: Duration;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** `false` means one try; `tries` is how many there are where the options do not say, as a profile's settings have it. */
export function retryPolicy(options: RetryOptions | false | undefined, tries = 5): RetryPolicy {
  const {
    attempts = tries,
    elapsed = '3m',
    minDelay = 100,
    maxDelay = '2s',
  } = options === false ? { attempts: 1 } : (options ?? {});
  if (!Number.isInteger(attempts) || attempts < 1) {
    throw connectorError('CONFIG_INVALID', `retry.attempts must be a whole number of at least 1, not ${attempts}`);
  }
  return {
    attempts,
    elapsedMs: parseDuration(elapsed, 'retry.elapsed'),
    minDelayMs: parseDuration(minDelay, 'retry.minDelay'),
    maxDelayMs: parseDuration(maxDelay, 'retry.maxDelay'),
  };
}

export interface RetryHooks {
  /** Ends waiting and trying at once, with its reason. */
  readonly signal: AbortSignal;
  /** Told of every failure that will be tried again. */
  readonly onRetry?: (error: ConnectorError, attempt: number) => void;
  /** Called when a pause before a try begins; what it gives is called when that is over, however it ends. */
  readonly onPause?: () => () => void;
  /** Which failures are tried again. Default: those that are `retryable`. */
  readonly repeats?: (error: ConnectorError) => boolean;
  /** Shared by all requests to one store. Waiting for others takes nothing of the budget. */
  readonly limiter?: RequestLimiter | undefined;
  /**
   * Of a commit, which was let in by the limiter before its clock started: for the first try, and left after it. When
   * it comes back, waiting for others does take of its budget.
   */
  readonly admission?: Admission | undefined;
}

/**
 * Repeats `attempt` while it fails with a retryable error and the budget lasts. The tries that an SDK made inside one
 * attempt count as well, so that two layers of retries do not multiply. No pause is shorter than the server's
 * `Retry-After`; one that would outlast the budget is not begun.
 */
export function withRetry<T>(attempt: (n: number) => Promise<T>, policy: RetryPolicy, hooks: RetryHooks): Promise<T> {
  const { signal, onRetry, onPause, repeats = (error: ConnectorError) => error.retryable } = hooks;
  const { limiter } = hooks;
  const place = limiter?.place() ?? 0;
  let endsAt = performance.now() + policy.elapsedMs;
  let made = 0;
  let pauseMs = 0;
  let failure: unknown;
  const admitted = async (n: number): Promise<Admission | undefined> => {
    if (limiter === undefined || (n === 1 && hooks.admission !== undefined)) return hooks.admission;
    const entering = limiter.enter(place, signal, onPause);
    if (hooks.admission === undefined) return entering;
    const timeout = { ms: Math.max(0, endsAt - performance.now()), code: 'THROTTLED', message: 'not let in' } as const;
    return bounded(entering, { timeout, late: (admission) => admission.leave() }).catch(() => {
      signal.throwIfAborted();
      throw failure;
    });
  };
  const once = async (n: number): Promise<T> => {
    const admission = await admitted(n);
    if (hooks.admission === undefined) endsAt += admission?.excusedMs ?? 0;
    try {
      const value = await attempt(n);
      admission?.accepted();
      return value;
    } catch (error) {
      failure = error;
      const ownMs = backOff(policy, n);
      pauseMs = Math.max(ownMs, error instanceof ConnectorError ? (error.retryAfterMs ?? 0) : 0);
      // What outlasts the budget is not waited for, by nobody.
      if (isThrottled(error)) admission?.refused(performance.now() + pauseMs < endsAt ? pauseMs : ownMs);
      throw error;
    } finally {
      admission?.leave();
    }
  };
  return pRetry(once, {
    // Counted below, where it is known what each try was worth.
    retries: Infinity,
    // The pause is made below, where the error, the jitter and the budget are known.
    minTimeout: 0,
    signal,
    onFailedAttempt: () => signal.throwIfAborted(),
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof ConnectorError) || !repeats(error)) return false;
      if (!isThrottled(error)) made += error.attempts ?? 1;
      if (policy.attempts === 1 || made >= policy.attempts || performance.now() + pauseMs >= endsAt) return false;
      onRetry?.(error, attemptNumber);
      const over = onPause?.();
      await pause(pauseMs, signal).finally(over);
      return true;
    },
  });
}

const isThrottled = (error: unknown): boolean => error instanceof ConnectorError && error.code === 'THROTTLED';
