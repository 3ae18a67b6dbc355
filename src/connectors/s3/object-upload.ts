/**
 * One object being written, for the core's part driver: a PutObject, or a multipart upload whose every part and whose
 * whole carry a checksum. PutObject or CompleteMultipartUpload is the one commit; nothing is visible before it.
 */
import { randomUUID } from 'node:crypto';
import { mayHaveHappened } from '../../core/commit-settlement.ts';
import type { CommitSettlement } from '../../core/commit-settlement.ts';
import type { PartChecksum } from '../../core/joined-checksum.ts';
import type { PartBody, PartUpload } from '../../core/part-sink.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import type { Leftover } from '../../core/settlement.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError, Outcome } from '../../errors.ts';
import { s3CommitSettlement } from './commit-settlement.ts';
import type { CommittedObject } from './commit-settlement.ts';
import { aboutObject, classifyS3Error } from './errors.ts';
import type { S3Intent } from './errors.ts';
import type { S3Requests } from './native.ts';
import { WRITE_ID } from './object-headers.ts';
import type { ObjectHeaders } from './object-headers.ts';
import type { S3ObjectResult } from './object-info.ts';
import type { ChecksumAnswer, ChecksumFields, UploadChecksum } from './upload-checksum.ts';
import { findUploads, removeUpload } from './upload-removal.ts';
import { within } from './within.ts';

/** What must hold of the key when the commit arrives; nothing, or one of the two. */
export interface WriteCondition {
  /** No object is there. */
  readonly ifNoneMatch?: '*' | undefined;
  /** The object of this ETag is there. */
  readonly ifMatch?: string | undefined;
}

export interface ObjectUploadOptions {
  readonly connect: () => Promise<S3Requests>;
  readonly bucket: string;
  readonly key: string;
  readonly headers: ObjectHeaders;
  readonly condition: WriteCondition;
  /** To send of each part, and of the whole unless it is to be composite. */
  readonly checksum: UploadChecksum | undefined;
  readonly retry: RetryPolicy;
  /** Bounds of one request, in milliseconds: of any, of a commit, and of each within the clean-up. */
  readonly responseMs: number;
  readonly commitMs: number;
  readonly cleanupMs: number;
  readonly durationMs: () => number;
  /** Told of the multipart upload, if there is one. */
  readonly onUpload: (uploadId: string) => void;
}

interface SentPart {
  readonly size: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

/** The state of one upload. */
export class ObjectUpload implements PartUpload<S3ObjectResult> {
  readonly #options: ObjectUploadOptions;
  readonly #target: { readonly Bucket: string; readonly Key: string };
  readonly #writeId = randomUUID();
  readonly #headers: ObjectHeaders;
  readonly #condition: { readonly IfNoneMatch: '*' | undefined; readonly IfMatch: string | undefined };
  readonly #parts: SentPart[] = [];
  #uploadId: string | undefined;
  /** S3 said that it will make one checksum of the parts'. */
  #fullObject = false;
  /** The commit names the checksum of each part. */
  #listsChecksums = false;
  /** A Create was sent and failed: an upload may exist whose id nobody told us. */
  #createLost = false;
  /** And it may still be on its way, since nothing came back. */
  #createUnanswered = false;
  #settlement: CommitSettlement<CommittedObject> | undefined;

  constructor(options: ObjectUploadOptions) {
    this.#options = options;
    const { headers, condition } = options;
    this.#target = { Bucket: options.bucket, Key: options.key };
    this.#headers = { ...headers, Metadata: { ...headers.Metadata, [WRITE_ID]: this.#writeId } };
    this.#condition = { IfNoneMatch: condition.ifNoneMatch, IfMatch: condition.ifMatch };
  }

  async begin(): Promise<void> {
    const { connect, checksum, responseMs, onUpload } = this.#options;
    const s3 = await connect();
    const wantsWhole = checksum?.type === 'full-object';
    const checksums = {
      ...(checksum === undefined ? {} : { ChecksumAlgorithm: checksum.name }),
      ...(wantsWhole ? { ChecksumType: 'FULL_OBJECT' as const } : {}),
    };
    const input = { ...this.#target, ...this.#headers, ...checksums };
    try {
      const created = await within(responseMs, (cut) => s3.createUpload(input, cut));
      if (created.UploadId === undefined) throw connectorError('SERVER_ERROR', 'S3 began an upload without an id');
      this.#uploadId = created.UploadId;
      onUpload(created.UploadId);
      this.#fullObject = wantsWhole && created.ChecksumType === 'FULL_OBJECT';
      // A store that knows checksums, and not this type, makes a composite one, for which it wants those of the parts.
      const isKnown = checksum !== undefined && created.ChecksumAlgorithm === checksum.name;
      this.#listsChecksums = checksum?.type === 'composite' || this.#fullObject || isKnown;
    } catch (error) {
      const failure = this.classify(error);
      if (mayHaveHappened(failure)) {
        this.#createLost = true;
        this.#createUnanswered ||= failure.status === undefined;
      }
      throw failure;
    }
  }

  async part({ index, bytes }: PartBody, signal: AbortSignal): Promise<void> {
    const s3 = await this.#options.connect();
    const checksum = this.#options.checksum?.of(bytes);
    const input = {
      ...this.#target,
      ...{ UploadId: this.#uploadId, PartNumber: index + 1 },
      ...{ Body: bytes, ContentLength: bytes.length, ...this.#options.checksum?.fields(checksum) },
    };
    const answer = await s3.uploadPart(input, signal);
    const { ETag: etag } = answer;
    if (etag === undefined) throw connectorError('SERVER_ERROR', `S3 took part ${index + 1} without an ETag`);
    if ((this.#options.checksum?.in(answer) ?? checksum) !== checksum) {
      throw connectorError('CHECKSUM_MISMATCH', `S3 stored other bytes for part ${index + 1} than were sent`);
    }
    this.#parts[index] = { size: bytes.length, etag, checksum };
  }

  async commit(bytes: number, signal: AbortSignal): Promise<S3ObjectResult> {
    const { connect, commitMs } = this.#options;
    const s3 = await connect();
    const parts = this.#parts.map(({ size, checksum = '' }): PartChecksum => ({ size, value: checksum }));
    const checksum = this.#options.checksum?.whole(parts);
    const input = {
      ...this.#target,
      ...{ UploadId: this.#uploadId, ...this.#condition },
      MultipartUpload: { Parts: this.#parts.map((part, index) => this.#listed(part, index + 1)) },
      ...(this.#fullObject
        ? { ...this.#options.checksum?.fields(checksum), ChecksumType: 'FULL_OBJECT' as const, MpuObjectSize: bytes }
        : {}),
    };
    const settlement = (this.#settlement ??= this.#settle(s3));
    const send = () => within(commitMs, (cut) => s3.completeUpload(input, cut), signal).then(committed);
    const done = await settlement.send(send, signal);
    if (done.checksums !== undefined && this.#options.checksum?.differs(done.checksums, parts) === true) {
      throw this.#otherBytes();
    }
    return this.#result({ bytes, checksum, parts: parts.length }, done);
  }

  async whole(bytes: Buffer, signal: AbortSignal): Promise<S3ObjectResult> {
    const { connect, commitMs } = this.#options;
    const s3 = await connect();
    const checksum = this.#options.checksum?.of(bytes);
    const input = {
      ...{ ...this.#target, ...this.#headers, ...this.#condition },
      ...{ Body: bytes, ContentLength: bytes.length, ...this.#options.checksum?.fields(checksum) },
    };
    const settlement = (this.#settlement ??= this.#settle(s3));
    const send = () => within(commitMs, (cut) => s3.putObject(input, cut), signal).then(committed);
    const done = await settlement.send(send, signal);
    if ((this.#options.checksum?.in(done.checksums ?? {}) ?? checksum) !== checksum) throw this.#otherBytes();
    return this.#result({ bytes: bytes.length, checksum, parts: 1 }, done);
  }

  async abort(signal: AbortSignal, outcome: Outcome): Promise<Leftover | undefined> {
    const { connect, bucket, key, cleanupMs: responseMs } = this.#options;
    // A commit that may still happen is looked up by its upload, and can be repeated from it.
    if (outcome === 'unknown') return this.leftover();
    if (this.#uploadId === undefined && !this.#createLost) return undefined;
    const s3 = await connect();
    const target = { bucket, key, responseMs };
    const uploadId = this.#uploadId;
    if (uploadId !== undefined && !(await removeUpload(s3, { ...target, uploadId }, signal))) return this.leftover();
    if (!this.#createLost) return undefined;
    // A listing cannot tell whose an upload is, so what it shows is named and left alone.
    const found = await findUploads(s3, target, signal);
    const [only] = found;
    if (only === undefined) return this.#createUnanswered ? { bucket, key } : undefined;
    return { bucket, key, ...(found.length === 1 ? { uploadId: only } : { uploads: found.length }) };
  }

  leftover(): Leftover | undefined {
    const { bucket, key } = this.#options;
    return { bucket, key, ...(this.#uploadId === undefined ? {} : { uploadId: this.#uploadId }) };
  }

  classify(error: unknown): ConnectorError {
    const { bucket, key } = this.#options;
    return aboutObject(classifyS3Error(error, this.#intent), bucket, key);
  }

  get #intent(): S3Intent {
    return this.#condition.IfMatch === undefined ? 'write' : 'replace';
  }

  #settle(s3: S3Requests): CommitSettlement<CommittedObject> {
    return s3CommitSettlement({
      s3,
      target: this.#target,
      uploadId: this.#uploadId,
      writeId: this.#writeId,
      intent: this.#intent,
      retry: this.#options.retry,
    });
  }

  #result(
    written: Pick<S3ObjectResult, 'bytes' | 'checksum' | 'parts'>,
    { etag, versionId }: CommittedObject,
  ): S3ObjectResult {
    const { bucket, key, durationMs } = this.#options;
    return { bucket, key, etag, versionId, ...written, durationMs: durationMs() };
  }

  #listed({ etag, checksum }: SentPart, number: number): { PartNumber: number; ETag: string } & ChecksumFields {
    return {
      PartNumber: number,
      ETag: etag,
      ...(this.#listsChecksums ? this.#options.checksum?.fields(checksum) : {}),
    };
  }

  /** The object is there, and nothing takes it back. */
  #otherBytes(): ConnectorError {
    return connectorError('CHECKSUM_MISMATCH', 'S3 stored other bytes than were sent', { outcome: 'done' });
  }
}

function committed(
  answer: ChecksumAnswer & { readonly ETag?: string | undefined; readonly VersionId?: string | undefined },
): CommittedObject {
  const { ETag: etag, VersionId: versionId } = answer;
  if (etag === undefined) throw connectorError('SERVER_ERROR', 'S3 confirmed the object without an ETag');
  return { etag, versionId, checksums: answer };
}
