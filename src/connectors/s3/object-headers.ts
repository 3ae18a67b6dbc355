/** What an object is to be besides its bytes, as PutObject and CreateMultipartUpload take it. */
import type { S3Config } from './config.ts';
import { encryptionHeaders } from './encryption.ts';
import type { EncryptionHeaders } from './encryption.ts';

/** Encryption at rest by S3: with its own key, or with one of KMS. */
export type S3Encryption =
  | 'AES256'
  | 'aws:kms'
  | 'aws:kms:dsse'
  | {
      readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
      /** Default: the account's own key for S3. */
      readonly kmsKeyId?: string | undefined;
      /** Fewer requests to KMS; of `aws:kms` alone. Default: the bucket's. */
      readonly bucketKeyEnabled?: boolean | undefined;
      /** KMS wants the same again to decrypt. No secret: it is in the logs of KMS. */
      readonly context?: Readonly<Record<string, string>> | undefined;
    };

/** Options of a sink that describe the object. */
export interface ObjectDescription {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Names without `x-amz-meta-`; 2 KiB in all, of which `sluice-write-id` takes 51 bytes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Default: the profile's `encryption`; used instead of all of it, its `customerKey` as well. */
  readonly sse?: S3Encryption | undefined;
  /** A canned ACL, such as `bucket-owner-full-control`. */
  readonly acl?: string | undefined;
  /** Such as `STANDARD_IA`. */
  readonly storageClass?: string | undefined;
}

/**
 * The name of an entry of every written object's metadata: an id of the write, by which a commit without an answer is
 * found to have happened. Not among the metadata that is told of an object.
 */
export const WRITE_ID = 'sluice-write-id';

/** The same in S3's words. */
export interface ObjectHeaders extends EncryptionHeaders {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly Metadata?: Record<string, string>;
  readonly ACL?: string;
  readonly StorageClass?: string;
}

/** The fields of the requests that make an object; the encryption is the profile's, unless the call says otherwise. */
export function objectHeaders(description: ObjectDescription, { encryption = {} }: S3Config): ObjectHeaders {
  const { contentType, contentEncoding, metadata, sse, acl, storageClass } = description;
  return {
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
    ...encryptionHeaders(typeof sse === 'string' ? { algorithm: sse } : (sse ?? encryption)),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
  };
}
