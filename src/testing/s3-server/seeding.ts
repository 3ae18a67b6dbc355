/** Reading and writing the store without HTTP, for arranging and asserting in tests. */
import { checksumOfParts, checksumTypes, digestOf, multipartEtag } from './checksums.ts';
import type { Checksum, ChecksumAlgorithm } from './checksums.ts';
import type { Settings } from './context.ts';
import { checkBucketName } from './operations/buckets.ts';
import { putObject, wholeSeconds } from './store.ts';
import type { ObjectContent, StoredObject } from './store.ts';

/** How to store an object without HTTP. */
export interface SeedOptions {
  readonly contentType?: string | undefined;
  /** Content-Encoding, Cache-Control and their like, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Without `x-amz-meta-`. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Default CRC32, as the AWS SDK sends. */
  readonly checksum?: ChecksumAlgorithm | 'none' | undefined;
  /** Stores it as if uploaded in parts of so many bytes. */
  readonly partSize?: number | undefined;
  /** Default now. */
  readonly lastModified?: Date | undefined;
}

/** An object as tests see it. */
export interface ObjectSummary {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly versionId: string;
  readonly lastModified: Date;
  readonly contentType: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
  /** Parts it was uploaded in; undefined when it was put whole. */
  readonly partCount: number | undefined;
}

/** A multipart upload that was neither completed nor aborted. */
export interface UploadSummary {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly parts: readonly { readonly partNumber: number; readonly size: number; readonly etag: string }[];
}

export interface Seeding {
  createBucket(name: string): void;
  putObject(bucket: string, key: string, bytes: Uint8Array | string, options?: SeedOptions): ObjectSummary;
  getObject(bucket: string, key: string): Buffer | undefined;
  deleteObject(bucket: string, key: string): void;
  objects(bucket: string): readonly ObjectSummary[];
  uploads(): readonly UploadSummary[];
}

export function createSeeding({ store, now }: Settings): Seeding {
  return {
    createBucket(name) {
      checkBucketName(name);
      if (!store.buckets.has(name)) store.createBucket(name, now());
    },
    putObject(bucketName, key, bytes, options = {}) {
      const bucket = store.bucket(bucketName);
      const object = putObject(bucket, key, contentOf(Buffer.from(bytes), options), options.lastModified ?? now());
      return summaryOf(object);
    },
    getObject(bucketName, key) {
      const object = store.bucket(bucketName).objects.live(key);
      return object && Buffer.concat(object.chunks);
    },
    deleteObject(bucketName, key) {
      const { objects, versioning } = store.bucket(bucketName);
      if (versioning === undefined) objects.remove(key, 'null');
      else objects.add({ key, versionId: 'null', lastModified: wholeSeconds(now()), deleteMarker: true });
    },
    objects(bucketName) {
      const { objects } = store.bucket(bucketName);
      return objects.keys.all().flatMap((key) => {
        const object = objects.live(key);
        return object ? [summaryOf(object)] : [];
      });
    },
    uploads: () =>
      [...store.uploads.values()].map(({ bucket, key, uploadId, parts }) => ({
        bucket,
        key,
        uploadId,
        parts: [...parts.values()]
          .map(({ partNumber, size, etag }) => ({ partNumber, size, etag }))
          .sort((a, b) => a.partNumber - b.partNumber),
      })),
  };
}

function contentOf(bytes: Buffer, options: SeedOptions): ObjectContent {
  const { checksum = 'CRC32', partSize, contentType = 'binary/octet-stream' } = options;
  const described = {
    size: bytes.length,
    headers: { 'content-type': contentType, ...options.headers },
    metadata: options.metadata ?? {},
    storageClass: 'STANDARD',
    tagging: undefined,
  };
  if (partSize === undefined) {
    return {
      ...described,
      chunks: [bytes],
      etag: digestOf('MD5', [bytes]).toString('hex'),
      checksum: checksum === 'none' ? undefined : wholeChecksum(checksum, bytes),
      parts: undefined,
    };
  }
  const chunks: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += partSize)
    chunks.push(bytes.subarray(offset, offset + partSize));
  const digest = (chunk: Buffer): string | undefined =>
    checksum === 'none' ? undefined : digestOf(checksum, [chunk]).toString('base64');
  const parts = chunks.map((chunk, index) => ({ partNumber: index + 1, size: chunk.length, checksum: digest(chunk) }));
  return {
    ...described,
    chunks,
    etag: multipartEtag(chunks.map((chunk) => digestOf('MD5', [chunk]).toString('hex'))),
    checksum:
      checksum === 'none'
        ? undefined
        : checksumOfParts(
            checksum,
            checksumTypes(checksum)[0] ?? 'FULL_OBJECT',
            parts.map(({ size, checksum: value }) => ({ size, value: value ?? '' })),
          ),
    parts,
  };
}

const wholeChecksum = (algorithm: ChecksumAlgorithm, bytes: Buffer): Checksum => ({
  algorithm,
  type: 'FULL_OBJECT',
  value: digestOf(algorithm, [bytes]).toString('base64'),
});

function summaryOf(object: StoredObject): ObjectSummary {
  const { key, size, etag, versionId, lastModified, headers, metadata, checksum, parts } = object;
  return {
    key,
    size,
    etag,
    versionId,
    lastModified,
    contentType: headers['content-type'],
    headers,
    metadata,
    checksum,
    partCount: parts?.length,
  };
}
