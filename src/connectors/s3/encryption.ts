/** Encryption at rest by S3: with its own key, with one of KMS, or with one that the customer sends along (SSE-C). */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { boolean, meaning, secret, text } from '../../config/schema.ts';

/** S3's own key; one of KMS; one of KMS, twice. */
export const encryptionAlgorithm = v.picklist(['AES256', 'aws:kms', 'aws:kms:dsse']);

interface KeptWith {
  readonly algorithm?: v.InferOutput<typeof encryptionAlgorithm> | undefined;
  readonly kmsKeyId?: string | undefined;
  readonly bucketKeyEnabled?: boolean | undefined;
  readonly context?: string | Readonly<Record<string, string>> | undefined;
}

/** What an algorithm does not take ("Using server-side encryption with AWS KMS keys", "Using dual-layer …"). */
export function isOfKms({ algorithm, kmsKeyId, context }: KeptWith): boolean {
  return (kmsKeyId ?? context) === undefined || algorithm?.startsWith('aws:kms') === true;
}
export const OF_KMS = 'kmsKeyId and context need the algorithm aws:kms or aws:kms:dsse';

export function isOfBucketKey({ algorithm, bucketKeyEnabled }: KeptWith): boolean {
  return bucketKeyEnabled !== true || algorithm === 'aws:kms';
}
export const OF_BUCKET_KEY = 'bucketKeyEnabled needs the algorithm aws:kms';

/** The setting of a profile. */
export const encryptionSettings = v.pipe(
  v.object({
    algorithm: meaning(
      "With S3's own key, one of KMS, or one of KMS twice. A sink's `sse` is used instead of all of `encryption`.",
      v.optional(encryptionAlgorithm),
    ),
    kmsKeyId: meaning("Default: the account's own key for S3.", v.optional(text())),
    bucketKeyEnabled: meaning("Default: the bucket's.", v.optional(boolean())),
    context: meaning(
      'Of KMS, as a JSON object of texts; no secret.',
      v.optional(v.pipe(text(), v.check(isContext, 'expected a JSON object of texts'))),
    ),
    customerKey: meaning(
      'SSE-C: 32 bytes in base64, sent with every request about an object. S3 keeps no copy of it.',
      v.optional(v.pipe(secret(), v.check(isKey, 'expected 32 bytes in base64'))),
    ),
  }),
  v.check((kept) => isOfKms(kept), OF_KMS),
  v.check((kept) => isOfBucketKey(kept), OF_BUCKET_KEY),
  v.check(
    ({ algorithm, customerKey }) => algorithm === undefined || customerKey === undefined,
    'a customerKey stands for an algorithm; set one of both',
  ),
);

/** The fields of the requests that make an object. */
export interface EncryptionHeaders {
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
  /** JSON in base64. */
  readonly SSEKMSEncryptionContext?: string;
}

export function encryptionHeaders({ algorithm, kmsKeyId, bucketKeyEnabled, context }: KeptWith): EncryptionHeaders {
  const json = typeof context === 'object' ? JSON.stringify(context) : context;
  return {
    ...(algorithm === undefined ? {} : { ServerSideEncryption: algorithm }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(bucketKeyEnabled === undefined ? {} : { BucketKeyEnabled: bucketKeyEnabled }),
    ...(json === undefined ? {} : { SSEKMSEncryptionContext: Buffer.from(json).toString('base64') }),
  };
}

/** The fields of every request about an object that is under a customer's key. */
export interface CustomerKeyHeaders {
  readonly SSECustomerAlgorithm?: 'AES256';
  readonly SSECustomerKey?: string;
  readonly SSECustomerKeyMD5?: string;
}

export function customerKeyHeaders(customerKey: string | undefined): CustomerKeyHeaders {
  if (customerKey === undefined) return {};
  const digest = createHash('md5').update(Buffer.from(customerKey, 'base64')).digest('base64');
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: customerKey, SSECustomerKeyMD5: digest };
}

function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}=$/.test(text);
}

function isContext(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    return Object.values(value).every((text) => typeof text === 'string');
  } catch {
    return false;
  }
}
