/** A Writable whose bytes become one S3 object: a PutObject when they fit in one part, a parallel multipart upload when not. */
import type { Duration } from '../../core/duration.ts';
import type { PartLimits } from '../../core/part-plan.ts';
import { PartDriver } from '../../core/part-sink.ts';
import { createSink } from '../../core/sink.ts';
import type { Sink, SinkDriver } from '../../core/sink.ts';
import type { Size } from '../../core/size.ts';
import { connectorError } from '../../errors.ts';
import type { S3Config } from './config.ts';
import { objectHeaders } from './object-headers.ts';
import type { ObjectDescription } from './object-headers.ts';
import type { S3ObjectResult } from './object-info.ts';
import { ObjectUpload } from './object-upload.ts';
import type { WriteCondition } from './object-upload.ts';
import {
  checkTarget,
  checkedOptions,
  objectSinkSchema,
  s3StreamContext,
  streamProfile,
  windowSize,
} from './options.ts';
import type { S3StreamOptions } from './stream-options.ts';
import { uploadChecksum } from './upload-checksum.ts';
import type { UploadAlgorithm } from './upload-checksum.ts';
import { endingBounds, requestMs } from '../../core/upload-bounds.ts';
import { uploadPlan } from '../../core/upload-plan.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/**
 * What S3 accepts (Amazon S3 user guide, "Amazon S3 multipart upload limits"); 50 TB per object since December 2025.
 * Other stores stop earlier: give their limits as the option `limits`.
 */
export const S3_LIMITS: PartLimits = {
  minPartSize: 5 * MIB,
  maxPartSize: 5 * GIB,
  maxParts: 10_000,
  maxObjectSize: 50 * 1000 ** 4,
};

/** How an object is written. */
export interface S3WriteOptions extends S3StreamOptions, ObjectDescription {
  /** Refuse to replace an object: `ALREADY_EXISTS`. Not with `ifMatch`. */
  readonly ifNoneMatch?: '*' | undefined;
  /** Replace this ETag alone, as S3 sends it: `OBJECT_CHANGED` for another, `NOT_FOUND` where there is no object any more. */
  readonly ifMatch?: string | undefined;
  /** Bytes of the first parts; they grow, so that unknown lengths reach the service's limit. Default: the profile's, 8 MiB. */
  readonly partSize?: Size | undefined;
  /** Parts under way at once; fewer as parts grow. Default: the profile's, 10. */
  readonly concurrency?: number | undefined;
  /**
   * Bytes held in memory at most, in parts being filled or sent. Default `partSize x (concurrency + 1)`. No part grows
   * beyond it, which bounds an object of unknown length: at 8 MiB and the default of 88 MiB to about 0.7 TB.
   */
  readonly maxBufferedBytes?: Size | undefined;
  /** A hint that makes parts large enough from the start. More than fits is refused at once with `TOO_LARGE`. */
  readonly expectedBytes?: Size | undefined;
  /**
   * What S3 checks each part by, and the whole: its bytes by a CRC, the checksums of its parts by a SHA. `crc32`, `sha1`
   * and `sha256` are native code; `crc32c` and `crc64nvme` take about as long as SHA-256. `false` sends none, for
   * stores that refuse them. Default: the profile's `transfer.checksum`, `'crc32'`.
   */
  readonly checksum?: UploadAlgorithm | false | undefined;
  /** The longest wait for the answer to the commit, and then for what became of it. Default 30 s, or more for large parts. */
  readonly commitTimeout?: Duration | undefined;
  /** Default {@link S3_LIMITS}. */
  readonly limits?: PartLimits | undefined;
}

/** One object to write. */
export interface S3ObjectSinkOptions extends S3WriteOptions {
  readonly bucket: string;
  readonly key: string;
}

/** A Writable that becomes one object. */
export type S3ObjectSink = Sink<S3ObjectResult>;

/**
 * Writes one object. Nothing is visible before `finish`, and `finish` means that S3 holds all bytes; without it no
 * object was written and no upload is left, unless `settled` says otherwise.
 *
 * Each part is sent as a buffer of known length with its checksum, and sent again alone when it fails. An answer to the
 * commit that was lost is settled by asking for the upload and the object; `COMMIT_UNKNOWN` when S3 could not tell.
 * The object is known by the entry `sluice-write-id` of its metadata, which is not told with the rest of it.
 *
 * A CreateMultipartUpload whose answer was lost may leave an upload without parts: no listing can tell whose it is. It
 * is named in `settled.leftover` after a failure; a lifecycle rule of the bucket is the last net.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed options, `TOO_LARGE` for `expectedBytes` that do not fit.
 * The stream's errors, among others: `NOT_FOUND` (bucket), `ACCESS_DENIED`, `ALREADY_EXISTS`, `TOO_LARGE`,
 * `COMMIT_TIMEOUT`, `COMMIT_UNKNOWN`; `CHECKSUM_MISMATCH`, whose `outcome` is `'done'` where the object is there.
 */
export function s3ObjectSink(options: S3ObjectSinkOptions): S3ObjectSink {
  return objectSinkFor('s3ObjectSink', options);
}

/** The same for `caller`, whom refused options name; `feed` puts something before what sends the parts. */
export function objectSinkFor(
  caller: string,
  options: S3ObjectSinkOptions,
  feed: (parts: PartDriver<S3ObjectResult>) => SinkDriver<S3ObjectResult> = (parts) => parts,
): S3ObjectSink {
  const checked = checkedOptions(objectSinkSchema, options, caller);
  const { bucket, key, expectedBytes, ifNoneMatch, ifMatch, limits = S3_LIMITS } = checked;
  checkTarget(bucket, key);
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const { concurrency, maxBufferedBytes, partSize } = windowSize(checked, config);
  const condition: WriteCondition = { ifNoneMatch, ifMatch };
  checkCondition(caller, condition, config);
  const uniform = config.transfer.equalParts;
  const size = { limits, preferredPartSize: partSize, maxPartBytes: maxBufferedBytes, expectedBytes, uniform };
  const plan = uploadPlan(size, config.transfer.multipartThreshold ?? partSize);
  const { lifecycle, retry, limiter, connect } = s3StreamContext<S3ObjectResult>(checked, profile, {
    ...{ operation: 'put_object', bucket, key, withoutCustomerKey: checked.sse !== undefined },
    commitTimeout: checked.commitTimeout ?? requestMs(plan.sizeAt(0)),
  });
  const upload = new ObjectUpload({
    ...{ connect, bucket, key, condition, retry },
    headers: objectHeaders(checked, config),
    checksum: uploadChecksum(checked.checksum, config),
    responseMs: config.timeouts.read,
    ...endingBounds(lifecycle),
    durationMs: () => lifecycle.operation.durationMs,
    onUpload: (uploadId) => lifecycle.operation.annotate({ 'aws.s3.upload_id': uploadId }),
  });
  const driverOptions = { plan, concurrency, maxBufferedBytes, retry, limiter, partMs: requestMs };
  return createSink({
    lifecycle,
    highWaterMark: 64 * 1024,
    driver: (host) => feed(new PartDriver(upload, driverOptions, lifecycle, host)),
  });
}

/** @throws ConfigError `CONFIG_INVALID` for two conditions, or for one that the store would ignore. */
function checkCondition(caller: string, condition: WriteCondition, { transfer }: S3Config): void {
  const asked = Object.entries(condition).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (asked.length === 0 || (asked.length === 1 && transfer.conditionalWrites)) return;
  const why = asked.length > 1 ? 'one at most' : 'this store has no conditional writes (transfer.conditionalWrites)';
  throw connectorError('CONFIG_INVALID', `${caller}: ${asked.join(' and ')}: ${why}`, {
    connector: 's3',
    stage: 'configure',
  });
}
