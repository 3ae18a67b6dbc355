/** What happened to whom, in order, and a way to wait for it. */
import type { Action, Direction, Rule } from './plan.ts';

/**
 * - `accept`, then one of `refused`, `stalled`, `connected`, `connect-failed`; `stalled` may be followed by `connected`.
 * - `rule`: a rule fired. `injected`: an action was carried out by `inject`. `end`: the end of one direction was passed on.
 * - `error`: one end broke. `closed`: both sockets of the connection are gone.
 */
export type ChaosEvent =
  'accept' | 'refused' | 'stalled' | 'connected' | 'connect-failed' | 'rule' | 'injected' | 'end' | 'error' | 'closed';

export interface ChaosLogEntry {
  /** Counted from 1. */
  readonly connection: number;
  readonly event: ChaosEvent;
  readonly direction?: Direction;
  readonly rule?: Rule;
  readonly action?: Action;
  readonly error?: Error;
  /** Passed until then, lost ones included. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** Milliseconds since the proxy started. */
  readonly at: number;
}

export type EntryPredicate = (entry: ChaosLogEntry) => boolean;

export interface EventLog {
  readonly entries: readonly ChaosLogEntry[];
  add(entry: Omit<ChaosLogEntry, 'at'>): void;
  /** The first entry that fits, be it in the log already or still to come. Rejects when the log closes first. */
  waitFor(event: ChaosEvent, predicate?: EntryPredicate): Promise<ChaosLogEntry>;
  close(): void;
}

interface Waiter {
  readonly fits: EntryPredicate;
  readonly resolve: (entry: ChaosLogEntry) => void;
  readonly reject: (error: Error) => void;
  readonly event: ChaosEvent;
}

export const createEventLog = (): EventLog => {
  const started = performance.now();
  const entries: ChaosLogEntry[] = [];
  let waiters: Waiter[] = [];
  let open = true;
  const closed = (event: ChaosEvent) => new Error(`the chaos proxy was closed before its event '${event}'`);

  return {
    entries,
    add(fact) {
      const entry = { ...fact, at: performance.now() - started };
      entries.push(entry);
      const served = waiters.filter(({ fits }) => fits(entry));
      waiters = waiters.filter((waiter) => !served.includes(waiter));
      for (const { resolve } of served) resolve(entry);
    },
    waitFor(event, predicate = () => true) {
      const fits = (entry: ChaosLogEntry) => entry.event === event && predicate(entry);
      const known = entries.find(fits);
      if (known !== undefined) return Promise.resolve(known);
      if (!open) return Promise.reject(closed(event));
      const { promise, resolve, reject } = Promise.withResolvers<ChaosLogEntry>();
      waiters.push({ fits, resolve, reject, event });
      // A test that failed elsewhere no longer listens; that is not a second failure.
      promise.catch(() => undefined);
      return promise;
    },
    close() {
      open = false;
      for (const { reject, event } of waiters) reject(closed(event));
      waiters = [];
    },
  };
};
