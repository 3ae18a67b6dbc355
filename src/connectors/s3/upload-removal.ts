/**
 * Removing a multipart upload so that it is seen to be gone. A part that is still arriving while the upload is aborted
 * may be stored after it (S3 API reference, AbortMultipartUpload), so the abort is repeated until no part is listed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { classifyS3Error } from './errors.ts';
import { listedKey } from './listed-key.ts';
import type { S3Requests } from './native.ts';
import { within } from './within.ts';

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  /** Bound of one request, in milliseconds. */
  readonly responseMs: number;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** True when the upload is gone, false when S3 refuses to remove or to show it. Rejects when `signal` fires first. */
export async function removeUpload(
  s3: S3Requests,
  target: UploadTarget & { readonly uploadId: string },
  signal: AbortSignal,
): Promise<boolean> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const outcome = await tryRemoval(s3, target, signal);
    if (outcome !== 'again') return outcome === 'gone';
    await pause(pauseMs, undefined, { signal });
  }
}

/** The ids of all uploads to exactly this key. The key itself is the first of all that begin with it. */
export async function findUploads(s3: S3Requests, target: UploadTarget, signal: AbortSignal): Promise<string[]> {
  const { bucket, key } = target;
  const input = { Bucket: bucket, Prefix: key, EncodingType: 'url' } as const;
  const { Uploads = [], EncodingType } = await within(target.responseMs, (cut) => s3.listUploads(input, cut), signal);
  return Uploads.flatMap(({ Key = '', UploadId }) =>
    listedKey(Key, EncodingType) === key && UploadId !== undefined ? [UploadId] : [],
  );
}

async function tryRemoval(
  s3: S3Requests,
  target: UploadTarget & { readonly uploadId: string },
  signal: AbortSignal,
): Promise<'gone' | 'again' | 'refused'> {
  const input = { Bucket: target.bucket, Key: target.key, UploadId: target.uploadId };
  try {
    await within(target.responseMs, (cut) => s3.abortUpload(input, cut), signal);
  } catch (error) {
    signal.throwIfAborted();
    const failure = classifyS3Error(error, 'write');
    if (failure.code !== 'NOT_FOUND') return failure.retryable ? 'again' : 'refused';
  }
  try {
    const { Parts = [] } = await within(target.responseMs, (cut) => s3.listParts(input, cut), signal);
    return Parts.length === 0 ? 'gone' : 'again';
  } catch (error) {
    signal.throwIfAborted();
    const failure = classifyS3Error(error, 'read');
    if (failure.code === 'NOT_FOUND') return 'gone';
    return failure.retryable ? 'again' : 'refused';
  }
}
