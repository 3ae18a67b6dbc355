/** How long to wait before trying again, and the waiting. */

export interface Delays {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * Milliseconds to wait after so many failures: between half of and all of a ceiling that doubles, so that clients that
 * failed together do not return together.
 */
export function backOff({ minDelayMs, maxDelayMs }: Delays, failures: number): number {
  const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** failures);
  const floor = Math.min(ceiling, Math.max(minDelayMs, ceiling / 2));
  return floor + Math.random() * (ceiling - floor);
}

/** Rejects with the signal's reason, at once when it fires. Leaves neither a timer nor a listener. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
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
