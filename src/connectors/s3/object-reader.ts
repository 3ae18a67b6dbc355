/** Ranged reads of one object for the core's ranged driver: every request after the first is pinned to the first ETag. */
import { Readable } from 'node:stream';
import type { RangeReader, RangeReply, RangeRequest } from '../../core/ranged-source.ts';
import { statedRange } from '../../core/stated-range.ts';
import type { StoredChecksum, StoredVersion } from '../../core/whole-checksum.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { aboutObject, classifyS3Error } from './errors.ts';
import type { S3Requests } from './native.ts';
import { objectInfo } from './object-info.ts';
import type { DescribedObject, ObjectInfo } from './object-info.ts';
import { partChecksums, wholeChecksum } from './stored-checksum.ts';
import type { ChecksumAnswer } from './stored-checksum.ts';

export interface ObjectReaderOptions {
  readonly connect: () => Promise<S3Requests>;
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Compare the whole object with the checksum that the store holds, if it holds one. */
  readonly verify: boolean;
}

/** The reader of one object. */
export function objectReader(options: ObjectReaderOptions): RangeReader<ObjectInfo> {
  const { connect, bucket, key, versionId, verify } = options;
  const target = { Bucket: bucket, Key: key, ...(versionId === undefined ? {} : { VersionId: versionId }) };
  const pinned = (version: string | undefined): { IfMatch?: string } =>
    version === undefined || version === '' ? {} : { IfMatch: version };

  const readRange = async (request: RangeRequest): Promise<RangeReply<ObjectInfo>> => {
    const { offset, length, version, whole, signal } = request;
    const s3 = await connect();
    const range = whole ? {} : { Range: `bytes=${offset}-${offset + length - 1}` };
    try {
      const answer = await s3.getObject({ ...target, ...pinned(version), ...range }, signal, whole && verify);
      const reply = replyOf(answer, { bucket, key }, request);
      return verify ? reply : { ...reply, checksum: undefined };
    } catch (error) {
      const failure = classifyS3Error(error, 'read');
      if (failure.code !== 'RANGE_NOT_SATISFIABLE' || offset > 0) throw failure;
      return await emptyReply(s3, failure, signal);
    }
  };

  /** No range fits an empty object, so S3 answers 416: only a size of 0 proves that this is why. */
  const emptyReply = async (s3: S3Requests, failure: ConnectorError, signal: AbortSignal) => {
    const head = await s3.headObject(target, signal);
    if (head.ContentLength !== 0) throw failure;
    const { ETag: version = '' } = head;
    const info = objectInfo(bucket, key, 0, head);
    return { version, totalBytes: 0, offset: 0, length: 0, body: Readable.from([]), info };
  };

  const stored = async (object: StoredVersion, signal: AbortSignal): Promise<StoredChecksum | undefined> => {
    const s3 = await connect();
    const head = await s3.headObject({ ...target, ...pinned(object.version), ChecksumMode: 'ENABLED' }, signal);
    const found = wholeChecksum(head, object.totalBytes);
    return found === 'parts' ? await partChecksums(s3, target, object, signal) : found;
  };

  const classify = (error: unknown): ConnectorError => aboutObject(classifyS3Error(error, 'read'), bucket, key);
  return { readRange, classify, ...(verify ? { stored } : {}) };
}

interface GetAnswer extends DescribedObject, ChecksumAnswer {
  readonly Body?: unknown;
  readonly ContentRange?: string | undefined;
  readonly ContentLength?: number | undefined;
  readonly $metadata?: { readonly httpStatusCode?: number | undefined };
}

/** What the server says it sent; the driver compares it with what was asked for. */
function replyOf(
  answer: GetAnswer,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  request: RangeRequest,
): RangeReply<ObjectInfo> {
  const { Body: body, ContentLength: contentLength, ContentRange: contentRange, ETag: version = '' } = answer;
  if (!(body instanceof Readable)) throw connectorError('SERVER_ERROR', 'S3 answered without a body');
  const status = answer.$metadata?.httpStatusCode;
  const stated = statedRange({ contentRange, contentLength, status, body, service: 'S3' }, request);
  const checksum = wholeChecksum(answer, stated.totalBytes);
  return {
    ...stated,
    ...{ version, body, info: objectInfo(bucket, key, stated.totalBytes, answer) },
    checksum: checksum === 'parts' ? 'ask' : checksum,
  };
}
