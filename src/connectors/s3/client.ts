/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { bounded } from '../../core/deadline.ts';
import type { DeadlineOptions } from '../../core/deadline.ts';
import type { ByteInput } from '../../core/whole-stream.ts';
import { clientCall } from './calls/client-call.ts';
import { deletePrefix } from './calls/deletion.ts';
import type { DeletePrefixOptions } from './calls/deletion.ts';
import { downloadFile, uploadFile } from './calls/files.ts';
import type { DownloadFileOptions, UploadFileOptions } from './calls/files.ts';
import { listedObjects } from './calls/listing.ts';
import type { ListObjectsOptions, ListedObject } from './calls/listing.ts';
import { nativeUpload, presign } from './calls/native-tools.ts';
import type { NativeUpload, NativeUploadOptions, NativeUploadParams, PresignOptions } from './calls/native-tools.ts';
import { deleteObject, headObject, putObject } from './calls/objects.ts';
import type { OwnedOptions, PutObjectOptions, VersionOptions } from './calls/objects.ts';
import { sweepUploads } from './calls/uploads-sweep.ts';
import type { SweepUploadsOptions, SweptUpload } from './calls/uploads-sweep.ts';
import { clients } from './client-cache.ts';
import { clientProfiles } from './client-profiles.ts';
import type { S3Profile } from './config.ts';
import { classifyS3Error } from './errors.ts';
import { nativeClient } from './native.ts';
import type { NativeS3Client } from './native-client.ts';
import type { ObjectInfo, S3ObjectResult } from './object-info.ts';
import { objectSourceFor } from './object-source.ts';
import type { S3ObjectSource, S3ObjectSourceOptions } from './object-source.ts';
import { within } from './within.ts';

export type GetObjectOptions = Omit<OwnedOptions<S3ObjectSourceOptions>, 'bucket' | 'key'>;

/**
 * One S3 profile. Made by `s3.client()`; nothing is read, loaded or connected before its first use.
 *
 * Every call takes `signal`, `timeout` and `retry`. Without a `timeout`, a call about one object has the profile's
 * `timeouts.total`; streams, files, listings, `deletePrefix` and `sweepUploads` take as long as there is much of them.
 * What failed is thrown as a `ConnectorError` that names the object.
 */
export class S3Client implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<S3Profile>;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => S3Profile) {
    this.profile = profile;
    this.#lazy = new LazyProfile('s3', profile, resolve);
    clientProfiles.set(this, this.#lazy);
  }

  /**
   * Milliseconds to the answer of S3 to a request that was signed as this profile. Being refused the list of buckets is
   * an answer as well: who asks is known.
   *
   * @throws ConnectorError with the reason why there is no answer, or why the credentials are refused.
   */
  async ping(options: DeadlineOptions = {}): Promise<number> {
    const { read } = this.#lazy.use().settings.timeouts;
    return clientCall(this, { operation: 'ping' }, options, async ({ connect }, { deadline }) => {
      deadline.enter('connect');
      const s3 = await bounded(connect(), { signal: deadline.signal });
      deadline.enter('transfer');
      const askedAt = performance.now();
      try {
        await within(read, (cut) => s3.listBuckets(cut), deadline.signal);
      } catch (error) {
        const failure = classifyS3Error(error, 'read');
        if (failure.code !== 'ACCESS_DENIED') throw failure;
      }
      return [performance.now() - askedAt, {}];
    });
  }

  /** Writes one object, as `s3ObjectSink` does: whole or not at all, in parallel parts where it is large. */
  async putObject(
    bucket: string,
    key: string,
    body: ByteInput,
    options: PutObjectOptions = {},
  ): Promise<S3ObjectResult> {
    return putObject(this, bucket, key, body, options);
  }

  /**
   * Writes one object from a local file, whose ranges are read in parallel. A file that changes under way is not
   * written: `OBJECT_CHANGED`.
   */
  async uploadFile(
    path: string,
    bucket: string,
    key: string,
    options: UploadFileOptions = {},
  ): Promise<S3ObjectResult> {
    return uploadFile(this, path, bucket, key, options);
  }

  /** `s3ObjectSource` on this client: the bytes, with `info` of the object. `await using` gives it back early. */
  getObject(bucket: string, key: string, options: GetObjectOptions = {}): S3ObjectSource {
    return objectSourceFor('getObject', { ...options, client: this, bucket, key });
  }

  /**
   * Reads one object into a local file, which is there as a whole or not at all: until it is verified and on disk it is
   * `<path>.<random>.partial`, of which nothing is left after a failure. A file that was there is replaced.
   */
  async downloadFile(
    bucket: string,
    key: string,
    path: string,
    options: DownloadFileOptions = {},
  ): Promise<ObjectInfo> {
    return downloadFile(this, bucket, key, path, options);
  }

  /** What S3 tells of an object without its bytes; `NOT_FOUND` where there is none. */
  async headObject(bucket: string, key: string, options: VersionOptions = {}): Promise<ObjectInfo> {
    return headObject(this, bucket, key, options);
  }

  /**
   * The objects whose keys begin with `prefix`, page by page, in the store's order: that of their UTF-8 bytes in S3. The
   * next page is asked for while one is used; leaving the loop ends that. Nothing is asked for before the first step.
   *
   * Keys are told as they are, the empty ones that end in `/` too. `recursive: false` stops at the next `/`.
   */
  listObjects(bucket: string, options: ListObjectsOptions = {}): AsyncGenerator<ListedObject, void, undefined> {
    this.#lazy.use();
    return listedObjects(this, bucket, options);
  }

  /** Deletes one object, or a version of it; one that is not there is no failure. */
  async deleteObject(bucket: string, key: string, options: VersionOptions = {}): Promise<void> {
    return deleteObject(this, bucket, key, options);
  }

  /**
   * Deletes every object whose key begins with `prefix`, to the letter (`logs` is the beginning of `logs-old/1` as well),
   * and says how many. A thousand keys go in one request, one request at a time, which comes near to what S3 takes. In a
   * versioned bucket the versions stay.
   *
   * @throws PermanentError `PARTIAL_FAILURE` with `failures`: the keys that are still there, after all else was deleted; no
   * more are tried after a thousand. ConfigError `CONFIG_INVALID` for an empty prefix without `wholeBucket`.
   */
  async deletePrefix(bucket: string, prefix: string, options: DeletePrefixOptions = {}): Promise<number> {
    return deletePrefix(this, bucket, prefix, options);
  }

  /**
   * Aborts the multipart uploads that were begun before `olderThan`, and says which: those of a process that was killed
   * are seen in no listing of objects, and cost as much. Take longer than the longest upload that may be under way.
   *
   * @throws PermanentError `PARTIAL_FAILURE` with `failures`: the keys of those that S3 refused to remove.
   */
  async sweepUploads(options: SweepUploadsOptions): Promise<readonly SweptUpload[]> {
    return sweepUploads(this, options);
  }

  /**
   * A URL by which whoever has it reads the object, or writes it (`method: 'put'`), as this profile. Nothing is sent. It
   * is a secret: treat it as one. Needs `@aws-sdk/s3-request-presigner`.
   *
   * @throws ConfigError `PACKAGE_MISSING`; `CONFIG_INVALID` for a profile with a `customerKey`, which no URL can carry.
   */
  async presign(bucket: string, key: string, options: PresignOptions = {}): Promise<string> {
    return presign(this, bucket, key, options);
  }

  /**
   * An `Upload` of `@aws-sdk/lib-storage` on the AWS client, for what only that can do. It reports, repeats and cleans up
   * by its own rules, and its errors are its own.
   *
   * @throws ConfigError `PACKAGE_MISSING`
   */
  async upload(params: NativeUploadParams, options: NativeUploadOptions = {}): Promise<NativeUpload> {
    return nativeUpload(this, params, options);
  }

  /** The AWS `S3Client`, with this profile's settings; closed with this client. It repeats nothing by itself. */
  async native(): Promise<NativeS3Client> {
    return nativeClient(this.#lazy.use());
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /** Closes the connections; requests under way fail. */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => clients.close(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
