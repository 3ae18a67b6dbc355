/** The requests of one call: each bounded, repeated while that may help, and its outcome told as far as it is known. */
import { ConnectorError, withDetails } from '../errors.ts';
import type { Call } from './call.ts';
import { CommitSettlement, mayHaveHappened } from './commit-settlement.ts';
import type { CommitVerdict } from './commit-settlement.ts';
import { bounded } from './deadline.ts';
import type { RequestLimiter } from './request-limiter.ts';
import { withRetry } from './retry.ts';
import type { RetryHooks, RetryPolicy } from './retry.ts';
import type { Within } from './within.ts';

/** `R` makes a vendor's requests, `I` are the intents that decide what its refusals mean. */
export interface CallRequestsOptions<R, I> {
  readonly one: Call;
  readonly retry: RetryPolicy;
  readonly limiter: RequestLimiter;
  readonly connect: () => Promise<R>;
  readonly within: Within;
  /** Bound of one request, in milliseconds. */
  readonly responseMs: number;
  readonly classify: (error: unknown, intent: I | 'read') => ConnectorError;
}

export type Request<R, T> = (requests: R, cut: AbortSignal) => Promise<T>;

export class CallRequests<R, I extends string> {
  readonly hooks: RetryHooks;
  readonly #options: CallRequestsOptions<R, I>;

  constructor(options: CallRequestsOptions<R, I>) {
    const { one, limiter } = options;
    this.#options = options;
    this.hooks = {
      ...{ signal: one.deadline.signal, limiter },
      onRetry: (error, attempt) => one.operation.retry(error, attempt),
      onPause: () => one.deadline.backOff(),
    };
  }

  /** One that may be repeated whatever became of it. Unless it only reads, a lost answer makes its outcome unknown. */
  send<T>(request: Request<R, T>, intent: I | 'read'): Promise<T> {
    const { one, classify, retry } = this.#options;
    const { signal } = one.deadline;
    let isUnknown = false;
    const once = async (): Promise<T> => {
      let isSent = false;
      try {
        const requests = await this.#open();
        isSent = true;
        return await this.#bounded(requests, request);
      } catch (error) {
        const failure = classify(error, intent);
        isUnknown ||= intent !== 'read' && isSent && (signal.aborted || mayHaveHappened(failure));
        throw failure;
      }
    };
    return withRetry(once, retry, this.hooks).catch(toldAs(() => isUnknown));
  }

  /**
   * One that finds its own work in its way when it is repeated: after a lost answer `look` says what became of it.
   *
   * @throws PermanentError `COMMIT_UNKNOWN` where that cannot be told.
   */
  commit<T>(request: Request<R, T>, intent: I, look: Request<R, CommitVerdict<T>>): Promise<T> {
    const { one, classify, retry } = this.#options;
    const { signal } = one.deadline;
    let isUnknown = false;
    let settlement: CommitSettlement<T> | undefined;
    const once = async (): Promise<T> => {
      const requests = await this.#open();
      const looked = () =>
        this.#bounded(requests, look).catch((error: unknown) => {
          throw classify(error, 'read');
        });
      const refused = (error: unknown): ConnectorError => classify(error, intent);
      settlement ??= new CommitSettlement({ classify: refused, look: looked, retry, comesLate: true });
      try {
        return await settlement.send(() => this.#bounded(requests, request), signal);
      } catch (error) {
        isUnknown = signal.aborted || (error instanceof ConnectorError && error.outcome === 'unknown');
        throw error;
      }
    };
    return withRetry(once, retry, this.hooks).catch(toldAs(() => isUnknown));
  }

  async #open(): Promise<R> {
    const { one, connect } = this.#options;
    one.deadline.enter('connect');
    const requests = await bounded(connect(), { signal: one.deadline.signal });
    one.deadline.enter('transfer');
    return requests;
  }

  #bounded<T>(requests: R, request: Request<R, T>): Promise<T> {
    const { one, within, responseMs } = this.#options;
    return within(responseMs, (cut) => request(requests, cut), one.deadline.signal);
  }
}

function toldAs(isUnknown: () => boolean) {
  return (error: unknown): never => {
    throw isUnknown() && error instanceof ConnectorError ? withDetails(error, { outcome: 'unknown' }) : error;
  };
}
