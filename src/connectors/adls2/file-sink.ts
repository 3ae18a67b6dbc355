/** A Writable whose bytes become one file of ADLS Gen2: parallel appends to a temporary path, one flush, one rename. */
import type { Duration } from '../../core/duration.ts';
import type { FileFeed } from '../../core/local-transfer.ts';
import type { PartLimits } from '../../core/part-plan.ts';
import { PartDriver } from '../../core/part-sink.ts';
import { createSink } from '../../core/sink.ts';
import type { Sink } from '../../core/sink.ts';
import type { Size } from '../../core/size.ts';
import { endingBounds, requestMs } from '../../core/upload-bounds.ts';
import { uploadPlan } from '../../core/upload-plan.ts';
import { checkMetadata } from './file-headers.ts';
import type { FileDescription } from './file-headers.ts';
import { FileUpload } from './file-upload.ts';
import { adlsOptions, adlsStreamContext, adlsWindow, streamProfile } from './options.ts';
import { quotedEtag } from './path-info.ts';
import type { AdlsFileResult } from './path-info.ts';
import { refused } from './refusal.ts';
import type { AdlsRequests } from './requests.ts';
import { fileSinkSchema } from './sink-options.ts';
import type { AdlsStreamOptions } from './stream-options.ts';
import { checkTarget } from './target.ts';
import { hasRoomBeside } from './temporary-name.ts';
import { checkAccount } from './uri.ts';

const MIB = 1024 * 1024;

/**
 * What ADLS Gen2 accepts ("Scalability and performance targets for Blob storage", block blobs: 50,000 blocks of
 * 4,000 MiB): about 190.7 TiB per file.
 */
export const ADLS_LIMITS: PartLimits = {
  minPartSize: 1,
  maxPartSize: 4_000 * MIB,
  maxParts: 50_000,
  maxObjectSize: 50_000 * 4_000 * MIB,
};

/** How a file is written. */
export interface AdlsWriteOptions extends AdlsStreamOptions, FileDescription {
  /** `false` refuses to replace a file: `ALREADY_EXISTS`. Default `true`. Not with `ifMatch`. */
  readonly overwrite?: boolean | undefined;
  /** Replace the file of this ETag alone: `OBJECT_CHANGED` for another, `NOT_FOUND` where there is none any more. */
  readonly ifMatch?: string | undefined;
  /** Bytes of the first appends; they grow, so that unknown lengths reach the service's limit. Default: the profile's, 4 MiB. */
  readonly partSize?: Size | undefined;
  /** Appends under way at once; fewer as they grow. Default: the profile's, 8. */
  readonly concurrency?: number | undefined;
  /**
   * Bytes held in memory at most, in parts being filled or sent. Default `partSize x (concurrency + 1)`. No append grows
   * beyond it, which bounds a file of unknown length: at 4 MiB and the default of 36 MiB to about 1.4 TB.
   */
  readonly maxBufferedBytes?: Size | undefined;
  /** A hint that makes appends large enough from the start. More than fits is refused at once with `TOO_LARGE`. */
  readonly expectedBytes?: Size | undefined;
  /**
   * `'md5'` has ADLS compare each append with its MD5, at the price of a core per 800 MB/s; with
   * `@azure/storage-file-datalake` 12.31 or later. Default `false`: over https, TLS finds bytes that change on the way.
   */
  readonly checksum?: 'md5' | false | undefined;
  /** The longest wait for the answer to the rename, and then for what became of it. Default 30 s. */
  readonly commitTimeout?: Duration | undefined;
  /** Default {@link ADLS_LIMITS}. */
  readonly limits?: PartLimits | undefined;
}

/** One file to write. */
export interface AdlsFileSinkOptions extends AdlsWriteOptions {
  readonly container: string;
  readonly path: string;
}

/** A Writable that becomes one file. */
export type AdlsFileSink = Sink<AdlsFileResult>;

/**
 * Writes one file. Nothing is visible at its path before `finish`, and `finish` means that ADLS holds all bytes; without
 * it whatever was there is untouched and nothing else is left, unless `settled` says otherwise.
 *
 * The bytes go to a dotted sibling, `dir/.name.<id>.sluice-tmp`, which is renamed last: the account must have a
 * hierarchical namespace, and whoever writes must be permitted to read, write and delete in the directory. The file is a
 * new one: it has the directory's default access control list, and no lease of the file that it replaces.
 *
 * An answer to the rename that was lost is settled by asking for both names; `COMMIT_UNKNOWN` when ADLS could not tell.
 * The file is known by the entry `sluice_write_id` of its metadata, which is not told with the rest of it.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed options, `TOO_LARGE` for `expectedBytes` that do not fit.
 * The stream's errors, among others: `CONFIG_INVALID` (no hierarchical namespace), `NOT_FOUND` (container),
 * `ACCESS_DENIED`, `ALREADY_EXISTS`, `REQUEST_REFUSED` (leased, or a directory), `TOO_LARGE`, `COMMIT_TIMEOUT`,
 * `COMMIT_UNKNOWN`.
 */
export function adlsFileSink(options: AdlsFileSinkOptions): AdlsFileSink {
  return fileSinkFor('adlsFileSink', options);
}

export interface FileSinkPlace {
  /** The account's: where the profile's requests go to another, nothing is sent. */
  readonly host?: string | undefined;
  /** What stands before the parts. Default: whatever is written to the sink. */
  readonly feed?: FileFeed<AdlsFileResult>;
}

/** The same for `caller`, whom refused options name. */
export function fileSinkFor(caller: string, options: AdlsFileSinkOptions, place: FileSinkPlace = {}): AdlsFileSink {
  const checked = adlsOptions(fileSinkSchema, options, caller);
  const { host, feed = (parts: PartDriver<AdlsFileResult>) => parts } = place;
  const { container, path, overwrite, ifMatch, expectedBytes, limits = ADLS_LIMITS } = checked;
  checkTarget(container, path);
  checkMetadata(checked.metadata);
  if (!hasRoomBeside(path))
    throw refused('the directory is so deep that no temporary path beside the file is possible');
  if (!overwrite && ifMatch !== undefined) {
    throw refused(`${caller}: ifMatch replaces a file, which overwrite: false rules out`);
  }
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const { concurrency, maxBufferedBytes, partSize } = adlsWindow(checked, config);
  const plan = uploadPlan({ limits, preferredPartSize: partSize, maxPartBytes: maxBufferedBytes, expectedBytes });
  const { lifecycle, retry, limiter, connect } = adlsStreamContext<AdlsFileResult>(checked, profile, {
    ...{ operation: 'write_file', container, path, commitTimeout: checked.commitTimeout },
  });
  const connectThere = async (): Promise<AdlsRequests> => {
    const adls = await connect();
    if (host !== undefined) checkAccount(host, adls.client.url, config);
    return adls;
  };
  const upload = new FileUpload({
    ...{ connect: connectThere, container, path, description: checked, retry },
    condition: { ifNoneMatch: overwrite ? undefined : '*', ifMatch: ifMatch && quotedEtag(ifMatch) },
    isChecked: checked.checksum === 'md5',
    responseMs: config.timeouts.read,
    ...endingBounds(lifecycle),
    durationMs: () => lifecycle.operation.durationMs,
  });
  const driverOptions = { plan, concurrency, maxBufferedBytes, retry, limiter, partMs: requestMs };
  return createSink({
    lifecycle,
    highWaterMark: 64 * 1024,
    driver: (stream) => feed(new PartDriver(upload, driverOptions, lifecycle, stream)),
  });
}
