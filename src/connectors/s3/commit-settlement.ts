/**
 * A commit whose answer may be lost: what failed is looked into before it is believed, since the user's retry of a
 * commit that did happen would double the data.
 */
import { withRetry } from '../../core/retry.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { connectorError, withDetails } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { classifyS3Error } from './errors.ts';
import type { S3Requests } from './native.ts';
import type { S3Intent } from './errors.ts';
import { WRITE_ID } from './object-headers.ts';

/** The names of what was committed. */
export interface CommittedObject {
  readonly etag: string;
  readonly versionId: string | undefined;
}

export interface CommitSettlementOptions {
  readonly s3: S3Requests;
  readonly target: { readonly Bucket: string; readonly Key: string };
  /** Of a multipart upload; undefined for a PutObject. */
  readonly uploadId: string | undefined;
  /** That the object carries in its metadata once it is there: the same bytes may be of another writer. */
  readonly writeId: string;
  readonly intent: S3Intent;
  readonly retry: RetryPolicy;
}

type Verdict = { readonly state: 'done'; readonly object: CommittedObject } | { readonly state: 'absent' | 'unclear' };

export class CommitSettlement {
  readonly #options: CommitSettlementOptions;
  #lost = false;

  constructor(options: CommitSettlementOptions) {
    this.#options = options;
  }

  /**
   * Sends the commit once. Resolves when the object is known to be there. Rejects with `outcome: 'not-done'`, with
   * `'unknown'` and a retryable error where sending it again is safe, or with `COMMIT_UNKNOWN`.
   */
  async send(commit: () => Promise<CommittedAnswer>, signal: AbortSignal): Promise<CommittedObject> {
    try {
      const { ETag: etag, VersionId: versionId } = await commit();
      if (etag === undefined) throw connectorError('SERVER_ERROR', 'S3 confirmed the object without an ETag');
      return { etag, versionId };
    } catch (error) {
      const failure = classifyS3Error(error, this.#options.intent);
      // A repeated commit finds what the first one did: its upload gone, or its object there.
      if (!this.#lost && !mayHaveHappened(failure)) throw failure;
      this.#lost = true;
      return await this.#settle(failure, signal);
    }
  }

  async #settle(failure: ConnectorError, signal: AbortSignal): Promise<CommittedObject> {
    const verdict = await this.#look(signal);
    if (verdict.state === 'done') return verdict.object;
    // Refused, or answered with a failure: over. Without an answer it may still be on its way.
    if (verdict.state === 'absent') {
      throw failure.status === undefined ? withDetails(failure, { outcome: 'unknown' }) : failure;
    }
    throw connectorError('COMMIT_UNKNOWN', 'the commit was sent, its answer was lost, and S3 does not tell more', {
      outcome: 'unknown',
      cause: failure,
    });
  }

  async #look(signal: AbortSignal): Promise<Verdict> {
    const { uploadId, retry } = this.#options;
    const once = async (): Promise<Verdict> => {
      try {
        // An upload that is still listed was not completed, whatever object of the same bytes there may be.
        if (uploadId !== undefined && (await this.#isListed(uploadId, signal))) return { state: 'absent' };
        const object = await this.#stored(signal);
        if (object !== undefined) return { state: 'done', object };
        return { state: uploadId === undefined ? 'absent' : 'unclear' };
      } catch (error) {
        throw classifyS3Error(error, 'read');
      }
    };
    try {
      return await withRetry(once, retry, { signal });
    } catch {
      return { state: 'unclear' };
    }
  }

  async #isListed(uploadId: string, signal: AbortSignal): Promise<boolean> {
    const { s3, target } = this.#options;
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
  async #stored(signal: AbortSignal): Promise<CommittedObject | undefined> {
    const { s3, target, writeId } = this.#options;
    try {
      const { Metadata, ETag: etag = '', VersionId: versionId } = await s3.headObject(target, signal);
      return Metadata?.[WRITE_ID] === writeId ? { etag, versionId } : undefined;
    } catch (error) {
      const failure = classifyS3Error(error, 'read');
      if (failure.code === 'NOT_FOUND') return undefined;
      throw failure;
    }
  }
}

interface CommittedAnswer {
  readonly ETag?: string | undefined;
  readonly VersionId?: string | undefined;
}

/**
 * Whether a request that failed so may have been carried out all the same. A client that repeats by itself tells only
 * how its last try failed.
 */
export function mayHaveHappened({ code, status, attempts = 1 }: ConnectorError): boolean {
  if (code === 'SERVER_ERROR' || attempts > 1) return true;
  return status === undefined ? /^(?:CONNECTION_LOST|RESPONSE_TIMEOUT|UNKNOWN)$/.test(code) : status < 300;
}
