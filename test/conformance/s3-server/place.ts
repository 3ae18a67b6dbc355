/** What the suite of S3 servers asks of one: whatever stands in for S3 must answer this as S3 does. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Check, Place } from '../check.ts';

export interface S3ServerPlace extends Place {
  /** The SDK's, with one attempt, so that a refusal is seen as it comes. */
  readonly client: S3Client;
  /** The same with other credentials. */
  stranger(credentials: 'unknown key' | 'wrong secret'): S3Client;
  readonly bucket: string;
  /** Begins every key of this place; ends with `/`. */
  readonly prefix: string;
  /** The smallest part, but for the last one, that the server takes. */
  readonly minPartSize: number;
}

export type S3ServerCheck = Check<S3ServerPlace>;
