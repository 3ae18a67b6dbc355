/** A profile as a client: opened by its first use, closed once. */
import { LazyProfile } from '../../config/lazy-profile.ts';
import { attempt, bounded } from '../../core/deadline.ts';
import type { DeadlineOptions } from '../../core/deadline.ts';
import type { ByteInput } from '../../core/whole-stream.ts';
import { downloadBytes, downloadStream, uploadBytes } from './calls/bytes.ts';
import type { DownloadBytesOptions, DownloadOptions, UploadBytesOptions } from './calls/bytes.ts';
import type { AdlsCallOptions } from './calls/call-options.ts';
import { clientCall } from './calls/client-call.ts';
import { deletePath } from './calls/deletion.ts';
import type { DeletePathOptions } from './calls/deletion.ts';
import { downloadFile, uploadFile } from './calls/files.ts';
import type { DownloadFileOptions, UploadFileOptions } from './calls/files.ts';
import { listedPaths } from './calls/listing.ts';
import type { ListPathsOptions } from './calls/listing.ts';
import { createContainer, exists, makeDirs } from './calls/paths.ts';
import type { CreationOptions } from './calls/paths.ts';
import { rename } from './calls/rename.ts';
import type { RenameOptions } from './calls/rename.ts';
import { sweepTemporary } from './calls/temporary-sweep.ts';
import type { SweepTemporaryOptions } from './calls/temporary-sweep.ts';
import { connections } from './client-cache.ts';
import { clientProfiles } from './client-profiles.ts';
import type { Adls2Profile } from './config.ts';
import { isKnownCaller } from './errors.ts';
import type { AdlsFileSource } from './file-source.ts';
import { nativeClient } from './native.ts';
import type { NativeAdlsClient, NativeFileSystemClient } from './native-client.ts';
import type { AdlsFileResult, PathInfo } from './path-info.ts';

/**
 * One ADLS Gen2 profile. Made by `adls2.client()`; nothing is read, loaded or connected before its first use.
 *
 * Every call takes `signal`, `timeout` and `retry`. Without a `timeout`, a call about one path has the profile's
 * `timeouts.operation`; streams, files, listings, recursive deletions and `sweepTemporary` take as long as there is much
 * of them. What failed is thrown as a `ConnectorError` that names the path. A path with a segment that is empty, `.` or
 * `..` is refused before any request.
 *
 * A change whose answer was lost is looked into: its own work in its way is no failure, and `COMMIT_UNKNOWN` is said where
 * looking does not tell.
 */
export class Adls2Client implements AsyncDisposable {
  readonly profile: string;
  readonly #lazy: LazyProfile<Adls2Profile>;

  /** `resolve` is called once, at the first use. */
  constructor(profile: string, resolve: () => Adls2Profile) {
    this.profile = profile;
    this.#lazy = new LazyProfile('adls2', profile, resolve);
    clientProfiles.set(this, this.#lazy);
  }

  /**
   * Milliseconds to the account's answer to a request that was authorized as this profile, a token included where one
   * had to be asked for. Being refused the list of file systems is an answer as well, if the account says by its code
   * that it knows who asks; being refused for the network that the request comes from is none.
   *
   * @throws ConnectorError with the reason why there is no answer, or why the credentials are refused.
   */
  async ping(options: DeadlineOptions = {}): Promise<number> {
    return clientCall(this, { operation: 'ping' }, options, async ({ connect }, { deadline }) => {
      deadline.enter('connect');
      const adls = await bounded(connect(), { signal: deadline.signal });
      deadline.enter('transfer');
      const askedAt = performance.now();
      try {
        // A token that is asked for meanwhile has the time of an answer to itself.
        await attempt((cut) => adls.listFileSystems(cut), { signal: deadline.signal });
      } catch (error) {
        if (!isKnownCaller(error)) throw error;
      }
      return [performance.now() - askedAt, {}];
    });
  }

  /** Writes one file, as `adlsFileSink` does: whole or not at all, in parallel appends. Gives its ETag, in quotes. */
  async uploadBytes(
    container: string,
    path: string,
    body: ByteInput,
    options: UploadBytesOptions = {},
  ): Promise<string> {
    return uploadBytes(this, container, path, body, options);
  }

  /**
   * Writes one file from a local one, whose ranges are read in parallel. One that changes under way is not written:
   * `OBJECT_CHANGED`.
   */
  async uploadFile(
    file: string,
    container: string,
    path: string,
    options: UploadFileOptions = {},
  ): Promise<AdlsFileResult> {
    return uploadFile(this, file, container, path, options);
  }

  /** All bytes of a file, or those from `start` to `end`, both inclusive, within `maxBytes` of memory. */
  async downloadBytes(container: string, path: string, options: DownloadBytesOptions = {}): Promise<Buffer> {
    return downloadBytes(this, container, path, options);
  }

  /** `adlsFileSource` on this client: the bytes, with `info` of the file. `await using` gives it back early. */
  downloadStream(container: string, path: string, options: DownloadOptions = {}): AdlsFileSource {
    return downloadStream('downloadStream', this, container, path, options);
  }

  /**
   * Reads one file into a local one, which is there as a whole or not at all: until it is verified and on disk it is
   * `<file>.<random>.partial`, of which nothing is left after a failure. A file that was there is replaced.
   */
  async downloadFile(
    container: string,
    path: string,
    file: string,
    options: DownloadFileOptions = {},
  ): Promise<PathInfo> {
    return downloadFile(this, container, path, file, options);
  }

  /**
   * The files and directories whose paths begin with `prefix`, page by page, in the order of the tree: what is in `a`
   * before `a-1`. The next page is asked for while one is used; leaving the loop ends that. Nothing is asked for before
   * the first step. A directory that is not there holds nothing; what writers have not published yet is told as well.
   */
  listPaths(container: string, options: ListPathsOptions = {}): AsyncGenerator<PathInfo, void, undefined> {
    this.#lazy.use();
    return listedPaths(this, container, options);
  }

  /** Whether a file or a directory is there: `false` for a 404 alone, of a container that is not there as well. */
  async exists(container: string, path: string, options: AdlsCallOptions = {}): Promise<boolean> {
    return exists(this, container, path, options);
  }

  /**
   * Deletes a file, an empty directory, or with `recursive` a directory and all that is in it, which takes several
   * requests: one that fails between them has `outcome: 'unknown'`, and may be asked for again.
   *
   * @throws NotFoundError `NOT_FOUND` where nothing is; PermanentError `REQUEST_REFUSED` for a directory that is not empty.
   */
  async deletePath(container: string, path: string, options: DeletePathOptions = {}): Promise<void> {
    return deletePath(this, container, path, options);
  }

  /**
   * Gives a file, or a directory with all that is in it, another name in the same container, at once. The directories
   * above the new name have to be there.
   *
   * @throws ConfigError `CONFIG_INVALID` for an account without hierarchical namespace, where it would not be at once;
   * PermanentError `ALREADY_EXISTS` for a new name that is taken, and with `overwrite` `REQUEST_REFUSED` where it is a
   * directory's or a leased file's; `OBJECT_CHANGED` for another ETag than `ifMatch`.
   */
  async rename(container: string, path: string, newPath: string, options: RenameOptions = {}): Promise<void> {
    return rename(this, container, path, newPath, options);
  }

  /** Makes a directory and those above it. A file in the place of one is a failure with `existOk` as well. */
  async makeDirs(container: string, path: string, options: CreationOptions = {}): Promise<void> {
    return makeDirs(this, container, path, options);
  }

  /** Makes a container, for which the profile needs more rights than for the paths in one. */
  async createContainer(container: string, options: CreationOptions = {}): Promise<void> {
    return createContainer(this, container, options);
  }

  /**
   * Deletes the temporary files of `adlsFileSink` whose last change is older than `olderThan`, and says which: a process
   * that was killed leaves its own. They are known by name, by the id of a writer, and by what was listed: one that is
   * published or written to meanwhile is left alone. Appends change nothing that can be seen, so take longer than the
   * longest write that may be under way.
   *
   * @throws PermanentError `PARTIAL_FAILURE` with `failures`: the paths of those that ADLS refused to remove.
   */
  async sweepTemporary(container: string, options: SweepTemporaryOptions): Promise<readonly PathInfo[]> {
    return sweepTemporary(this, container, options);
  }

  /**
   * Azure's `DataLakeServiceClient`, with this profile's settings; its connections end with this client. It repeats
   * nothing by itself.
   */
  async dataLakeServiceClient(): Promise<NativeAdlsClient> {
    return nativeClient(this.#lazy.use());
  }

  /** Azure's `DataLakeFileSystemClient` of a container. */
  async fileSystemClient(container: string): Promise<NativeFileSystemClient> {
    return (await this.dataLakeServiceClient()).getFileSystemClient(container);
  }

  isClosed(): boolean {
    return this.#lazy.isClosed;
  }

  /** Closes the connections; requests under way fail. */
  close(): Promise<void> {
    return this.#lazy.close(({ key }) => connections.close(key));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
