/**
 * A commit whose answer may be lost: what failed is looked into before it is believed, since the user's retry of a
 * commit that did happen would double the data.
 */
import { connectorError, withDetails } from '../errors.ts';
import type { ConnectorError, ErrorCode } from '../errors.ts';
import { withRetry } from './retry.ts';
import type { RetryPolicy } from './retry.ts';

/** What a look at the store shows: the commit happened, it has not happened yet, or neither can be told. */
export type CommitVerdict<C> =
  { readonly state: 'done'; readonly committed: C } | { readonly state: 'absent' | 'unclear' };

/** `C` are the names of what was committed. */
export interface CommitSettlementOptions<C> {
  readonly classify: (error: unknown) => ConnectorError;
  /** Refusals that a client which repeats by itself may have met because its first try had happened. Default: none. */
  readonly isDoubtful?: (refusal: ConnectorError) => boolean;
  /** Nothing that follows a refusal keeps a commit from happening that was sent before, and not answered. Default `false`. */
  readonly comesLate?: boolean;
  /** Looks once; repeated after a retryable `ConnectorError`. */
  readonly look: (signal: AbortSignal) => Promise<CommitVerdict<C>>;
  readonly retry: RetryPolicy;
}

export class CommitSettlement<C> {
  readonly #options: CommitSettlementOptions<C>;
  #lost = false;
  /** One was sent and not answered: it may still be on its way. */
  #unanswered = false;

  constructor(options: CommitSettlementOptions<C>) {
    this.#options = options;
  }

  /**
   * Sends the commit once. Resolves when it is known to have happened. Rejects with `outcome: 'not-done'`, with
   * `'unknown'` and a retryable error where sending it again is safe, or with `COMMIT_UNKNOWN`.
   */
  async send(commit: () => Promise<C>, signal: AbortSignal): Promise<C> {
    try {
      return await commit();
    } catch (error) {
      const { classify, isDoubtful } = this.#options;
      const failure = classify(error);
      const mayBe = mayHaveHappened(failure) || isDoubtful?.(failure) === true;
      // A repeated commit finds what the first one did: its upload gone, or its object there.
      if (!this.#lost && !mayBe) throw failure;
      this.#lost = true;
      this.#unanswered ||= !isAnswered(failure);
      return await this.#settle(failure, signal);
    }
  }

  async #settle(failure: ConnectorError, signal: AbortSignal): Promise<C> {
    const verdict = await this.#look(signal);
    if (verdict.state === 'done') return verdict.committed;
    // Refused, or answered with a failure: over. Without an answer it may still be on its way.
    if (verdict.state === 'absent') {
      throw !isAnswered(failure) || this.#mayFollow(failure) ? withDetails(failure, { outcome: 'unknown' }) : failure;
    }
    throw connectorError(
      'COMMIT_UNKNOWN',
      'the commit was sent, its answer was lost, and the store does not tell more',
      {
        outcome: 'unknown',
        cause: failure,
      },
    );
  }

  /** Whether one that was sent before may happen yet; a condition that failed for this one fails for that one too. */
  #mayFollow({ code }: ConnectorError): boolean {
    return this.#options.comesLate === true && this.#unanswered && !CONDITIONS.has(code);
  }

  async #look(signal: AbortSignal): Promise<CommitVerdict<C>> {
    const { look, retry } = this.#options;
    try {
      return await withRetry(() => look(signal), retry, { signal });
    } catch {
      return { state: 'unclear' };
    }
  }
}

/** By the store itself: a gateway that waited for it in vain knows no more than we do. */
const isAnswered = ({ status }: ConnectorError): boolean => status !== undefined && status !== GATEWAY_TIMEOUT;
const GATEWAY_TIMEOUT = 504;

/** The target is there, or is another one than it was to be. */
const CONDITIONS: ReadonlySet<ErrorCode> = new Set(['ALREADY_EXISTS', 'OBJECT_CHANGED']);

/** A request that was sent, and whose answer did not come. */
const UNANSWERED: ReadonlySet<ErrorCode> = new Set(['CONNECTION_LOST', 'RESPONSE_TIMEOUT', 'UNKNOWN']);

/**
 * Whether a request that failed so may have been carried out all the same. A client that repeats by itself tells only
 * how its last try failed.
 */
export function mayHaveHappened({ code, status, attempts = 1 }: ConnectorError): boolean {
  if (code === 'SERVER_ERROR' || attempts > 1) return true;
  return status === undefined ? UNANSWERED.has(code) : status < 300;
}
