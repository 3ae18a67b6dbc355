/** What S3 tells about an object, read or written, in our own words. */
import { WRITE_ID } from './object-headers.ts';

/** An object as a reply or a listing describes it. */
export interface ObjectInfo {
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date | undefined;
  /** As S3 sends it, in quotes. */
  readonly etag: string;
  readonly versionId?: string;
  /** Not in listings, like all that follows. */
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What became durable. */
export interface S3ObjectResult {
  readonly bucket: string;
  readonly key: string;
  /** As S3 sends it, in quotes. */
  readonly etag: string;
  /** In a versioned bucket. */
  readonly versionId: string | undefined;
  readonly bytes: number;
  /** Parts of a multipart upload; 1 for a single PutObject. */
  readonly parts: number;
  /**
   * Base64, of all bytes; of several parts with a SHA, over those of the parts, and how many: `…-3`. By the option
   * `checksum`, CRC-32 by default; undefined with `false`.
   */
  readonly checksum: string | undefined;
  readonly durationMs: number;
}

/** The fields of a GetObject or HeadObject answer. */
export interface DescribedObject {
  readonly LastModified?: Date | undefined;
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
}

/** `size` is that of the whole object, which a ranged answer's own length is not. */
export function objectInfo(bucket: string, key: string, size: number, answer: DescribedObject): ObjectInfo {
  const { LastModified, ETag = '', VersionId, ContentType, ContentEncoding, Metadata } = answer;
  return {
    bucket,
    key,
    size,
    lastModified: LastModified,
    etag: ETag,
    ...(VersionId === undefined ? {} : { versionId: VersionId }),
    ...(ContentType === undefined ? {} : { contentType: ContentType }),
    ...(ContentEncoding === undefined ? {} : { contentEncoding: ContentEncoding }),
    ...(Metadata === undefined ? {} : { metadata: withoutWriteId(Metadata) }),
  };
}

function withoutWriteId(metadata: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== WRITE_ID));
}
