/** What every ADLS stream takes. No types of the Azure SDK: a user without it compiles. */
import type { DeadlineOptions } from '../../core/deadline.ts';
import type { Duration } from '../../core/duration.ts';
import type { RetryOptions } from '../../core/retry.ts';
import type { Adls2Client } from './client.ts';
import type { Adls2Settings } from './config.ts';
import type { NativeAdlsClient } from './native-client.ts';

/** A client of ours, for the calls that it makes. */
export type OwnClient = Adls2Client;

/** The options of every ADLS stream. Durations are milliseconds or `'30s'`, sizes bytes or `'4MiB'`. */
export interface AdlsStreamOptions extends DeadlineOptions {
  /** Whose settings to use. Default `'default'`. */
  readonly profile?: string | undefined;
  /** Settings of this call alone; they win over the profile's. */
  readonly config?: Adls2Settings | undefined;
  /**
   * Our `Adls2Client`, or Azure's `DataLakeServiceClient` to use instead; it is never closed here, and its own retries
   * come on top.
   */
  readonly client?: NativeAdlsClient | Adls2Client | undefined;
  /** Tries of each request. Default: the profile's `retries`; `false` for one try. */
  readonly retry?: RetryOptions | false | undefined;
  /** How long an abort may take to clean up after itself. Default 5 s. */
  readonly cleanupTimeout?: Duration | undefined;
}
