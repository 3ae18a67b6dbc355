/** One retry policy, and one budget of it that opening and resuming share. */
import pRetry from 'p-retry';
import { ConnectorError, connectorError } from '../errors.ts';
import type { Duration } from './duration.ts';
import { parseDuration } from './duration.ts';

export interface RetryOptions {
  /** Tries in all, the first one included. Default 5. */
  readonly attempts?: number;
  /** Total time after which nothing is tried again: credentials and payload are not renewed. Default 3 minutes. */
  readonly elapsed?: Duration;
  /** Pause before the second try; doubles each time, with jitter. Default 100 ms. */
  readonly minDelay?: Duration;
  /** The longest pause. Default 2 s. */
  readonly maxDelay?: Duration;
}

export interface RetryPolicy {
  readonly attempts: number;
  readonly elapsedMs: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** `false` means one try. */
export function retryPolicy(options: RetryOptions | false | undefined): RetryPolicy {
  const {
    attempts = 5,
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
}

/**
 * Repeats `attempt` while it fails with a retryable error and the budget lasts. The tries that an SDK made inside one
 * attempt count as well, so that two layers of retries do not multiply. `Retry-After` is honoured up to the budget.
 */
export function withRetry<T>(attempt: (n: number) => Promise<T>, policy: RetryPolicy, hooks: RetryHooks): Promise<T> {
  let extra = 0;
  return pRetry(attempt, {
    retries: policy.attempts - 1,
    minTimeout: policy.minDelayMs,
    maxTimeout: policy.maxDelayMs,
    maxRetryTime: policy.elapsedMs,
    randomize: true,
    signal: hooks.signal,
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof ConnectorError) || !error.retryable) return false;
      extra += (error.attempts ?? 1) - 1;
      if (attemptNumber + extra >= policy.attempts) return false;
      hooks.onRetry?.(error, attemptNumber);
      if (error.retryAfterMs !== undefined) await pause(Math.min(error.retryAfterMs, policy.elapsedMs), hooks.signal);
      return true;
    },
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
