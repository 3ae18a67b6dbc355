/** CreateMultipartUpload, UploadPart, UploadPartCopy and AbortMultipartUpload. */
import {
  CHECKSUM_ALGORITHMS,
  checksumElement,
  checksumHeader,
  checksumTypes,
  digestOf,
  isChecksumAlgorithm,
} from '../checksums.ts';
import type { ChecksumAlgorithm, ChecksumType } from '../checksums.ts';
import { bucketOf, isoTime, keyOf } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { emptyReply, sliceChunks } from '../../store-server/reply.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { newId, wholeSeconds } from '../store.ts';
import type { Store, StoredPart, Upload } from '../store.ts';
import { copySource } from './copy-source.ts';
import { checkCustomerKey, encryptionHeaders, keepsMd5 } from './encryption.ts';
import { describedContent } from './object-headers.ts';
import { opaqueEtag } from './write-object.ts';

export function createMultipartUpload(context: Context): Reply {
  const { request, store, limits, now } = context;
  const bucket = bucketOf(context);
  const checksum = wantedChecksum(request.headers);
  const upload: Upload = {
    uploadId: newId() + newId(),
    bucket: bucket.name,
    key: keyOf(context),
    initiated: wholeSeconds(now()),
    checksum,
    content: describedContent(request, limits.maxMetadataBytes),
    parts: new Map(),
  };
  store.uploads.set(upload.uploadId, upload);
  return xmlReply(
    'InitiateMultipartUploadResult',
    { Bucket: upload.bucket, Key: upload.key, UploadId: upload.uploadId },
    {
      ...encryptionHeaders(upload.content.headers),
      ...(checksum ? { 'x-amz-checksum-algorithm': checksum.algorithm, 'x-amz-checksum-type': checksum.type } : {}),
    },
  );
}

function wantedChecksum(headers: Readonly<Record<string, string>>): Upload['checksum'] {
  const named = headers['x-amz-checksum-algorithm']?.toUpperCase();
  const type = headers['x-amz-checksum-type']?.toUpperCase();
  if (named === undefined) {
    if (type === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  if (!isChecksumAlgorithm(named)) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
    );
  }
  const allowed = checksumTypes(named);
  const chosen = type === undefined ? allowed[0] : allowed.find((one) => one === type);
  if (chosen === undefined) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type ?? ''} checksum type cannot be used with the ${named.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm: named, type: chosen };
}

/** The upload a request is about. Throws `NoSuchUpload`, also when bucket or key are not its own. */
export function uploadOf(context: Context): Upload {
  const bucket = bucketOf(context);
  const upload = context.store.uploads.get(context.request.uploadId ?? '');
  if (upload?.bucket === bucket.name && upload.key === context.request.key) return upload;
  throw new S3Error('NoSuchUpload', undefined, { UploadId: context.request.uploadId });
}

/** The algorithm of an upload's parts: the client's choice, or the server's own. */
export function partAlgorithm(
  upload: Upload,
  fallback: ChecksumAlgorithm | undefined,
): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined {
  return upload.checksum ?? (fallback && { algorithm: fallback, type: 'FULL_OBJECT' });
}

/** What to compute while a part is coming in and its sender gives no checksum. */
export function algorithmForPart(
  store: Store,
  uploadId: string | undefined,
  fallback: ChecksumAlgorithm | undefined,
): ChecksumAlgorithm | undefined {
  const upload = store.uploads.get(uploadId ?? '');
  return upload && partAlgorithm(upload, fallback)?.algorithm;
}

export function uploadPart(context: Context): Reply {
  const { body, now } = context;
  const partNumber = partNumberOf(context);
  const upload = uploadOf(context);
  checkCustomerKey(context.request, upload.content.headers);
  checkPartChecksum(context, upload);
  const part: StoredPart = {
    partNumber,
    chunks: body.chunks,
    size: body.size,
    etag: keepsMd5(upload.content.headers) ? (body.md5 ?? opaqueEtag()) : opaqueEtag(),
    checksum: body.checksum,
    lastModified: wholeSeconds(now()),
  };
  upload.parts.set(partNumber, part);
  return emptyReply(200, {
    etag: `"${part.etag}"`,
    ...encryptionHeaders(upload.content.headers),
    ...(body.checksum ? { [checksumHeader(body.checksum.algorithm)]: body.checksum.value } : {}),
  });
}

/**
 * A part's checksum must be of the upload's algorithm; a composite one cannot do without. An upload that names none
 * takes any, and asks for it again when it is completed.
 */
function checkPartChecksum({ body }: Context, upload: Upload): void {
  const sent = body.checksum?.sent === true ? body.checksum.algorithm : undefined;
  const expected = upload.checksum?.algorithm;
  if (expected === undefined || sent === expected || (sent === undefined && upload.checksum?.type === 'FULL_OBJECT'))
    return;
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${sent?.toLowerCase() ?? 'null'}`,
  );
}

function partNumberOf({ request, limits }: Context): number {
  const { partNumber } = request;
  if (partNumber !== undefined && Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= limits.maxParts) {
    return partNumber;
  }
  throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${limits.maxParts}, inclusive`, {
    ArgumentName: 'partNumber',
    ArgumentValue: request.query['partNumber'],
  });
}

export function uploadPartCopy(context: Context): Reply {
  const { request, limits, now, defaultChecksum, md5Etags } = context;
  const partNumber = partNumberOf(context);
  const upload = uploadOf(context);
  const { bucket, object } = copySource(context);
  const { start, end } = copyRange(request.headers['x-amz-copy-source-range'], object.size);
  if (end - start > limits.maxPartSize) {
    throw new S3Error('EntityTooLarge', undefined, { ProposedSize: end - start, MaxSizeAllowed: limits.maxPartSize });
  }
  const chunks = sliceChunks(object.chunks, start, end);
  const algorithm = partAlgorithm(upload, defaultChecksum)?.algorithm;
  const part: StoredPart = {
    partNumber,
    chunks,
    size: end - start,
    etag: md5Etags ? digestOf('MD5', chunks).toString('hex') : opaqueEtag(),
    checksum: algorithm && { algorithm, value: digestOf(algorithm, chunks).toString('base64'), sent: false },
    lastModified: wholeSeconds(now()),
  };
  upload.parts.set(partNumber, part);
  return xmlReply(
    'CopyPartResult',
    {
      LastModified: isoTime(part.lastModified),
      ETag: `"${part.etag}"`,
      ...(part.checksum ? { [checksumElement(part.checksum.algorithm)]: part.checksum.value } : {}),
    },
    bucket.versioning === undefined ? {} : { 'x-amz-copy-source-version-id': object.versionId },
  );
}

function copyRange(header: string | undefined, size: number): { readonly start: number; readonly end: number } {
  if (header === undefined) return { start: 0, end: size };
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  const start = Number(match?.[1]);
  const end = Number(match?.[2]) + 1;
  if (match === null || end <= start) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
    );
  }
  if (end > size) {
    throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, {
      ArgumentName: 'x-amz-copy-source-range',
      ArgumentValue: header,
    });
  }
  return { start, end };
}

export function abortMultipartUpload(context: Context): Reply {
  const upload = uploadOf(context);
  context.store.uploads.delete(upload.uploadId);
  return emptyReply(204);
}
