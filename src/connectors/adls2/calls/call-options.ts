/** What every call of a client takes. No types of the Azure SDK: a user without it compiles. */
import type { DeadlineOptions } from '../../../core/deadline.ts';
import type { RetryOptions } from '../../../core/retry.ts';

/** The options of every call. Durations are milliseconds or `'30s'`. */
export interface AdlsCallOptions extends DeadlineOptions {
  /** Tries of each request. Default: the profile's `retries`; `false` for one try. */
  readonly retry?: RetryOptions | false | undefined;
}

/** What a client has already. */
export type OwnedOptions<O> = Omit<O, 'client' | 'profile' | 'config'>;
