/** What became of a commit to S3: the upload, if it is still listed, and the object are the witnesses. */
import { CommitSettlement } from '../../core/commit-settlement.ts';
import type { CommitVerdict } from '../../core/commit-settlement.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { classifyS3Error } from './errors.ts';
import type { S3Requests } from './native.ts';
import type { S3Intent } from './errors.ts';
import { WRITE_ID } from './object-headers.ts';
import type { ChecksumAnswer } from './upload-checksum.ts';

/** The names of what was committed. */
export interface CommittedObject {
  readonly etag: string;
  readonly versionId: string | undefined;
  /** Of the answer to the commit, where it came. */
  readonly checksums?: ChecksumAnswer;
}

export interface S3CommitOptions {
  readonly s3: S3Requests;
  readonly target: { readonly Bucket: string; readonly Key: string };
  /** Of a multipart upload; undefined for a PutObject. */
  readonly uploadId: string | undefined;
  /** That the object carries in its metadata once it is there: the same bytes may be of another writer. */
  readonly writeId: string;
  readonly intent: S3Intent;
  readonly retry: RetryPolicy;
}

export function s3CommitSettlement(options: S3CommitOptions): CommitSettlement<CommittedObject> {
  return new CommitSettlement({
    classify: (error) => classifyS3Error(error, options.intent),
    look: (signal) => look(options, signal),
    retry: options.retry,
    // The parts of an upload are removed once it was refused; an object that is put whole needs nothing.
    comesLate: options.uploadId === undefined,
  });
}

async function look(options: S3CommitOptions, signal: AbortSignal): Promise<CommitVerdict<CommittedObject>> {
  const { uploadId } = options;
  try {
    // An upload that is still listed was not completed, whatever object of the same bytes there may be.
    if (uploadId !== undefined && (await isListed(options, uploadId, signal))) return { state: 'absent' };
    const committed = await stored(options, signal);
    if (committed !== undefined) return { state: 'done', committed };
    return { state: uploadId === undefined ? 'absent' : 'unclear' };
  } catch (error) {
    throw classifyS3Error(error, 'read');
  }
}

async function isListed({ s3, target }: S3CommitOptions, uploadId: string, signal: AbortSignal): Promise<boolean> {
  try {
    await s3.listParts({ ...target, UploadId: uploadId, MaxParts: 1 }, signal);
    return true;
  } catch (error) {
    const failure = classifyS3Error(error, 'read');
    // Not permitted to list: the object itself is the only witness.
    if (failure.code === 'NOT_FOUND' || failure.code === 'ACCESS_DENIED') return false;
    throw failure;
  }
}

/** The object, if it is the one that was written. */
async function stored(
  { s3, target, writeId }: S3CommitOptions,
  signal: AbortSignal,
): Promise<CommittedObject | undefined> {
  try {
    const { Metadata, ETag: etag = '', VersionId: versionId } = await s3.headObject(target, signal);
    return Metadata?.[WRITE_ID] === writeId ? { etag, versionId } : undefined;
  } catch (error) {
    const failure = classifyS3Error(error, 'read');
    if (failure.code === 'NOT_FOUND') return undefined;
    throw failure;
  }
}
