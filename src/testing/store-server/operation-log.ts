/** Every request in the order of arrival, for tests to count and to wait for. Holds no secret. */
import type { SeenRequest } from './faults.ts';

/** What became of a request. Times are milliseconds of `performance.now()`. */
export interface Progress {
  /** Status of the answer, once it is known. */
  readonly status: number | undefined;
  /** Bytes of the request body received, as framed. */
  readonly bytesIn: number;
  /** Bytes of the reply's body handed to the socket. */
  readonly bytesOut: number;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** The connection went before the answer was complete, by the client's doing or a fault's. */
  readonly aborted: boolean;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
export type Entry<R> = R & Progress;
export type OpenEntry<R> = R & Writable<Progress>;

/** Arrived, or answered (or cut off). */
export type WaitPhase = 'started' | 'ended';

export interface OperationLog<R extends SeenRequest> {
  readonly entries: readonly Entry<R>[];
  /** `seen` is what a test may see of the request, which gets its number here. */
  begin(operation: R['operation'], seen: (nth: number) => R): OpenEntry<R>;
  end(entry: OpenEntry<R>, aborted: boolean): void;
  waitFor(operation: R['operation'] | '*', nth: number, phase?: WaitPhase): Promise<Entry<R>>;
}

interface Waiter<R extends SeenRequest> {
  readonly operation: R['operation'] | '*';
  readonly nth: number;
  readonly phase: WaitPhase;
  readonly resolve: (entry: Entry<R>) => void;
}

export function createOperationLog<R extends SeenRequest>(): OperationLog<R> {
  const entries: OpenEntry<R>[] = [];
  const counts = new Map<string, number>();
  const waiters = new Set<Waiter<R>>();

  const find = (operation: R['operation'] | '*', nth: number): OpenEntry<R> | undefined =>
    operation === '*' ? entries[nth - 1] : entries.find((entry) => entry.operation === operation && entry.nth === nth);

  const wake = (): void => {
    for (const waiter of waiters) {
      const entry = find(waiter.operation, waiter.nth);
      if (entry === undefined || (waiter.phase === 'ended' && entry.endedAt === undefined)) continue;
      waiters.delete(waiter);
      waiter.resolve(entry);
    }
  };

  return {
    entries,
    begin(operation, seen) {
      const nth = (counts.get(operation) ?? 0) + 1;
      counts.set(operation, nth);
      const entry: OpenEntry<R> = {
        ...seen(nth),
        status: undefined,
        bytesIn: 0,
        bytesOut: 0,
        startedAt: performance.now(),
        endedAt: undefined,
        aborted: false,
      };
      entries.push(entry);
      wake();
      return entry;
    },
    end(entry, aborted) {
      entry.endedAt = performance.now();
      entry.aborted = aborted;
      wake();
    },
    waitFor: (operation, nth, phase = 'started') =>
      new Promise((resolve) => {
        waiters.add({ operation, nth, phase, resolve });
        wake();
      }),
  };
}
