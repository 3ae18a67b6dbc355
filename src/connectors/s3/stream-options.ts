/** What every S3 stream takes. No types of the AWS SDK: a user without it compiles. */
import type { DeadlineOptions } from '../../core/deadline.ts';
import type { Duration } from '../../core/duration.ts';
import type { RetryOptions } from '../../core/retry.ts';
import type { S3Client } from './client.ts';
import type { S3Settings } from './config.ts';
import type { NativeS3Client } from './native-client.ts';

/** A client of ours, for the calls that it makes. */
export type OwnClient = S3Client;

/** The options of every S3 stream. Durations are milliseconds or `'30s'`, sizes bytes or `'8MiB'`. */
export interface S3StreamOptions extends DeadlineOptions {
  /** Whose settings to use. Default `'default'`. */
  readonly profile?: string | undefined;
  /** Settings of this call alone; they win over the profile's. */
  readonly config?: S3Settings | undefined;
  /** Our `S3Client`, or one of AWS to use instead; it is never closed here, and its own retries come on top. */
  readonly client?: NativeS3Client | S3Client | undefined;
  /** Tries of each request. Default: the profile's `retries`; `false` for one try. */
  readonly retry?: RetryOptions | false | undefined;
  /** How long an abort may take to clean up after itself. Default 5 s. */
  readonly cleanupTimeout?: Duration | undefined;
}
