/** Every request in the order of arrival, for tests to count and to wait for. Holds no secret. */
import type { IncomingRequest, S3Request } from './request.ts';
import type { S3Operation } from './routes.ts';

/** A request and what became of it. Times are milliseconds of `performance.now()`. */
export interface OperationEntry extends S3Request {
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
export type OpenEntry = Writable<OperationEntry>;

/** Arrived, or answered (or cut off). */
export type WaitPhase = 'started' | 'ended';

export interface OperationLog {
  readonly entries: readonly OperationEntry[];
  begin(request: IncomingRequest): OpenEntry;
  end(entry: OpenEntry, aborted: boolean): void;
  waitFor(operation: S3Operation | '*', nth: number, phase?: WaitPhase): Promise<OperationEntry>;
}

interface Waiter {
  readonly operation: S3Operation | '*';
  readonly nth: number;
  readonly phase: WaitPhase;
  readonly resolve: (entry: OperationEntry) => void;
}

export function createOperationLog(): OperationLog {
  const entries: OpenEntry[] = [];
  const counts = new Map<S3Operation, number>();
  const waiters = new Set<Waiter>();

  const find = (operation: S3Operation | '*', nth: number): OpenEntry | undefined =>
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
    begin(request) {
      const nth = (counts.get(request.operation) ?? 0) + 1;
      counts.set(request.operation, nth);
      const entry: OpenEntry = {
        ...publicPart(request, nth),
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

/** What a test may see of a request. */
export function publicPart(request: IncomingRequest, nth: number): S3Request {
  const { operation, method, bucket, key, query, headers, range, partNumber, uploadId, accessKeyId } = request;
  return { operation, nth, method, bucket, key, query, headers, range, partNumber, uploadId, accessKeyId };
}
