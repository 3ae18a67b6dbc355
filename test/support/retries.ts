/** What operations say of their retries, on the diagnostics channel. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

export interface Retried {
  readonly code: string;
  readonly attempt: number;
}

const CHANNEL = 'sluice:operation:retry';

/** Runs `work` and gives what was tried again meanwhile. */
export async function retriesOf(work: () => Promise<unknown>): Promise<Retried[]> {
  const retried: Retried[] = [];
  const note = (message: unknown): void => {
    const { code, attempt } = message as Retried;
    retried.push({ code, attempt });
  };
  subscribe(CHANNEL, note);
  try {
    await work();
  } finally {
    unsubscribe(CHANNEL, note);
  }
  return retried;
}

/** Resolves at the next retry, of `operation` where one is named. */
export function nextRetry(operation?: string): Promise<void> {
  return new Promise((resolve) => {
    const seen = (message: unknown): void => {
      if (operation !== undefined && (message as { operation: string }).operation !== operation) return;
      unsubscribe(CHANNEL, seen);
      resolve();
    };
    subscribe(CHANNEL, seen);
  });
}
