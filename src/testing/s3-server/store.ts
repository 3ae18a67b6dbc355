/** Everything the server holds, in memory. Stored buffers are never changed, so readers and copies share them. */
import { randomBytes } from 'node:crypto';
import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
import type { BodyChecksum } from './body.ts';
import { S3Error } from './errors.ts';
import { createSortedKeys } from '../store-server/sorted-keys.ts';
import type { SortedKeys } from '../store-server/sorted-keys.ts';

/** A part of a finished multipart object, as `partNumber` and GetObjectAttributes show it. */
export interface ObjectPart {
  readonly partNumber: number;
  readonly size: number;
  readonly checksum: string | undefined;
}

/** What a write decides; the store adds version and time. */
export interface ObjectContent {
  readonly chunks: readonly Buffer[];
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Content-Type, Cache-Control and their like, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** By lower-case name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum: Checksum | undefined;
  readonly parts: readonly ObjectPart[] | undefined;
  readonly storageClass: string;
  readonly tagging: string | undefined;
}

interface VersionId {
  readonly key: string;
  /** `null` for what was written while versioning was not enabled. */
  readonly versionId: string;
  readonly lastModified: Date;
}

export interface StoredObject extends ObjectContent, VersionId {
  readonly deleteMarker: false;
}

export interface DeleteMarker extends VersionId {
  readonly deleteMarker: true;
}

export type Version = StoredObject | DeleteMarker;

export interface StoredPart {
  readonly partNumber: number;
  readonly chunks: readonly Buffer[];
  readonly size: number;
  readonly etag: string;
  readonly checksum: BodyChecksum | undefined;
  readonly lastModified: Date;
}

/** A multipart upload in progress. */
export interface Upload {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  readonly initiated: Date;
  /** What the client asked for; undefined leaves the choice to the server. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined;
  readonly content: Pick<ObjectContent, 'headers' | 'metadata' | 'storageClass' | 'tagging'>;
  readonly parts: Map<number, StoredPart>;
}

export type Versioning = 'Enabled' | 'Suspended' | undefined;

export interface Bucket {
  readonly name: string;
  readonly created: Date;
  versioning: Versioning;
  readonly objects: Objects;
}

export interface Store {
  readonly buckets: Map<string, Bucket>;
  readonly uploads: Map<string, Upload>;
  /** Throws `NoSuchBucket`. */
  bucket(name: string): Bucket;
  createBucket(name: string, created: Date): Bucket;
}

export function createStore(): Store {
  const buckets = new Map<string, Bucket>();
  return {
    buckets,
    uploads: new Map(),
    bucket(name) {
      const bucket = buckets.get(name);
      if (bucket === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: name });
      return bucket;
    },
    createBucket(name, created) {
      const bucket: Bucket = { name, created, versioning: undefined, objects: new Objects() };
      buckets.set(name, bucket);
      return bucket;
    },
  };
}

export const newId = (): string => randomBytes(24).toString('base64url');

/** The versions of a bucket's objects, newest first per key. */
export class Objects {
  readonly #versions = new Map<string, Version[]>();
  readonly keys: SortedKeys = createSortedKeys();

  /** Every version of a key, newest first. */
  versions(key: string): readonly Version[] {
    return this.#versions.get(key) ?? [];
  }

  current(key: string): Version | undefined {
    return this.versions(key)[0];
  }

  /** The current version, unless it is a delete marker. */
  live(key: string): StoredObject | undefined {
    const current = this.current(key);
    return current === undefined || current.deleteMarker ? undefined : current;
  }

  get size(): number {
    return this.#versions.size;
  }

  /** Puts a version on top, in place of the `null` version unless versioning is enabled. */
  add<T extends Version>(version: T): T {
    const older = this.versions(version.key).filter(({ versionId }) => versionId !== version.versionId);
    this.#set(version.key, [version, ...older]);
    return version;
  }

  remove(key: string, versionId: string): void {
    this.#set(
      key,
      this.versions(key).filter((version) => version.versionId !== versionId),
    );
  }

  #set(key: string, versions: Version[]): void {
    if (versions.length === 0) {
      if (this.#versions.delete(key)) this.keys.delete(key);
    } else {
      if (!this.#versions.has(key)) this.keys.add(key);
      this.#versions.set(key, versions);
    }
  }
}

/** Writes an object under the bucket's versioning rule. */
export function putObject(bucket: Bucket, key: string, content: ObjectContent, now: Date): StoredObject {
  const versionId = bucket.versioning === 'Enabled' ? newId() : 'null';
  return bucket.objects.add({ ...content, key, versionId, lastModified: wholeSeconds(now), deleteMarker: false });
}

/** S3 keeps seconds; conditions compare them. */
export const wholeSeconds = (time: Date): Date => new Date(Math.floor(time.getTime() / 1000) * 1000);

/** The header S3 adds where versions exist. */
export function versionHeader(bucket: Bucket, version: Version): Record<string, string> {
  return bucket.versioning === undefined ? {} : { 'x-amz-version-id': version.versionId };
}
