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
  /** Called when the pause before the next try begins; what it gives is called when that is over, however it ends. */
  readonly onPause?: () => () => void;
  /** Which failures are tried again. Default: those that are `retryable`. */
  readonly repeats?: (error: ConnectorError) => boolean;
}

/**
 * Repeats `attempt` while it fails with a retryable error and the budget lasts. The tries that an SDK made inside one
 * attempt count as well, so that two layers of retries do not multiply. No pause is shorter than the server's
 * `Retry-After`; one that would outlast the budget is not begun.
 */
export function withRetry<T>(attempt: (n: number) => Promise<T>, policy: RetryPolicy, hooks: RetryHooks): Promise<T> {
  const { signal, onRetry, onPause, repeats = (error: ConnectorError) => error.retryable } = hooks;
  const endsAt = performance.now() + policy.elapsedMs;
  let made = 0;
  return pRetry(attempt, {
    retries: policy.attempts - 1,
    // The pause is made below, where the error, the jitter and the budget are known.
    minTimeout: 0,
    signal,
    onFailedAttempt: () => signal.throwIfAborted(),
    shouldRetry: async ({ error, attemptNumber }) => {
      if (!(error instanceof ConnectorError) || !repeats(error)) return false;
      made += error.attempts ?? 1;
      const ms = Math.max(backOff(policy, attemptNumber), error.retryAfterMs ?? 0);
      if (made >= policy.attempts || performance.now() + ms >= endsAt) return false;
      onRetry?.(error, attemptNumber);
      const over = onPause?.();
      await pause(ms, signal).finally(over);
      return true;
    },
  });
}

/** Between half of and all of a ceiling that doubles, so that clients that failed together do not return together. */
function backOff({ minDelayMs, maxDelayMs }: RetryPolicy, failures: number): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** failures);
  const floor = Math.min(ceiling, Math.max(minDelayMs, ceiling / 2));
  return floor + Math.random() * (ceiling - floor);
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
