/** What an object is to be besides its bytes, as PutObject and CreateMultipartUpload take it. */

/** Encryption at rest by S3: with its own key, or with one of KMS. */
export type S3Encryption =
  | 'AES256'
  | 'aws:kms'
  | 'aws:kms:dsse'
  | {
      readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
      /** Default: the account's own key for S3. */
      readonly kmsKeyId?: string | undefined;
    };

/** Options of a sink that describe the object. */
export interface ObjectDescription {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Names without `x-amz-meta-`; 2 KiB in all. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly sse?: S3Encryption | undefined;
  /** A canned ACL, such as `bucket-owner-full-control`. */
  readonly acl?: string | undefined;
  /** Such as `STANDARD_IA`. */
  readonly storageClass?: string | undefined;
}

/** The same in S3's words. */
export interface ObjectHeaders {
  readonly ContentType?: string;
  readonly ContentEncoding?: string;
  readonly Metadata?: Record<string, string>;
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms' | 'aws:kms:dsse';
  readonly SSEKMSKeyId?: string;
  readonly ACL?: string;
  readonly StorageClass?: string;
}

/** The fields of the requests that make an object. */
export function objectHeaders(description: ObjectDescription): ObjectHeaders {
  const { contentType, contentEncoding, metadata, sse, acl, storageClass } = description;
  const { algorithm, kmsKeyId } = typeof sse === 'string' ? { algorithm: sse, kmsKeyId: undefined } : (sse ?? {});
  return {
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(contentEncoding === undefined ? {} : { ContentEncoding: contentEncoding }),
    ...(metadata === undefined ? {} : { Metadata: { ...metadata } }),
    ...(algorithm === undefined ? {} : { ServerSideEncryption: algorithm }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(acl === undefined ? {} : { ACL: acl }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClass }),
  };
}
