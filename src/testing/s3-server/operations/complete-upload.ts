/** CompleteMultipartUpload: the parts become an object, or nothing changes. */
import { checksumElement, checksumOfParts, checksumTypes, multipartEtag } from '../checksums.ts';
import type { Checksum } from '../checksums.ts';
import { bucketOf, keyOf } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { putObject, versionHeader } from '../store.ts';
import type { StoredPart, Upload } from '../store.ts';
import { child, children, parseXml } from '../../store-server/xml.ts';
import type { XmlElement } from '../../store-server/xml.ts';
import { writeCondition } from './conditions.ts';
import { checkCustomerKey, encryptionHeaders, keepsMd5 } from './encryption.ts';
import { checksumElements, checksumInHeaders } from './object-headers.ts';
import { uploadOf } from './uploads.ts';
import { opaqueEtag } from './write-object.ts';

export function completeMultipartUpload(context: Context): Reply {
  const { request, store, now } = context;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const upload = uploadOf(context);
  // As S3 has it: a key that is not needed is not missed.
  if (upload.checksum !== undefined) checkCustomerKey(request, upload.content.headers);
  const parts = listedParts(context, upload);
  writeCondition(request.headers, key, bucket.objects.live(key));
  const size = checkedSize(context, parts);
  const checksum = objectChecksum(context, upload, parts);
  const object = putObject(
    bucket,
    key,
    {
      ...upload.content,
      chunks: parts.flatMap((part) => part.chunks),
      size,
      etag:
        context.md5Etags && keepsMd5(upload.content.headers)
          ? multipartEtag(parts.map(({ etag }) => etag))
          : `${opaqueEtag()}-${parts.length}`,
      checksum,
      parts: parts.map((part, index) => ({ partNumber: index + 1, size: part.size, checksum: part.checksum?.value })),
    },
    now(),
  );
  store.uploads.delete(upload.uploadId);
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${request.headers['host'] ?? 'localhost'}/${bucket.name}/${encodeURIComponent(key)}`,
      Bucket: bucket.name,
      Key: key,
      ETag: `"${object.etag}"`,
      ...checksumElements(checksum),
    },
    { ...encryptionHeaders(object.headers), ...versionHeader(bucket, object) },
  );
}

/** The parts the client names, each held against what was uploaded. */
function listedParts({ body }: Context, upload: Upload): readonly StoredPart[] {
  if (body.size === 0) throw new S3Error('InvalidRequest', 'You must specify at least one part');
  const root = parseXml(Buffer.concat(body.chunks).toString());
  const elements = root?.name === 'CompleteMultipartUpload' ? children(root, 'Part') : [];
  if (elements.length === 0) throw new S3Error('MalformedXML');
  let previous = 0;
  return elements.map((element) => {
    const partNumber = Number(child(element, 'PartNumber')?.text ?? NaN);
    const etag = child(element, 'ETag')?.text.trim();
    if (!Number.isInteger(partNumber) || etag === undefined) throw new S3Error('MalformedXML');
    if (partNumber <= previous) throw new S3Error('InvalidPartOrder', undefined, { UploadId: upload.uploadId });
    previous = partNumber;
    const part = upload.parts.get(partNumber);
    if (part?.etag !== etag.replace(/^"(.*)"$/, '$1')) throw invalidPart(upload, partNumber, etag);
    checkListedChecksum(upload, part, element, etag);
    return part;
  });
}

/** S3 wants back what the part was sent with; only a full-object upload may leave it out. */
function checkListedChecksum(upload: Upload, part: StoredPart, element: XmlElement, etag: string): void {
  const algorithm = upload.checksum?.algorithm ?? (part.checksum?.sent === true ? part.checksum.algorithm : undefined);
  if (algorithm === undefined) return;
  const given = child(element, checksumElement(algorithm))?.text.trim();
  if (given === undefined && upload.checksum !== undefined) {
    if (upload.checksum.type === 'FULL_OBJECT') return;
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${part.partNumber} in the request.`,
    );
  }
  if (given !== part.checksum?.value) throw invalidPart(upload, part.partNumber, etag);
}

const invalidPart = (upload: Upload, partNumber: number, etag: string): S3Error =>
  new S3Error('InvalidPart', undefined, {
    UploadId: upload.uploadId,
    PartNumber: partNumber,
    ETag: etag.replaceAll('"', ''),
  });

function checkedSize({ limits, request }: Context, parts: readonly StoredPart[]): number {
  const small = parts.slice(0, -1).find((part) => part.size < limits.minPartSize);
  if (small) {
    throw new S3Error('EntityTooSmall', undefined, {
      ProposedSize: small.size,
      MinSizeAllowed: limits.minPartSize,
      PartNumber: small.partNumber,
      ETag: small.etag,
    });
  }
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (size > limits.maxObjectSize) {
    throw new S3Error('EntityTooLarge', undefined, { ProposedSize: size, MaxSizeAllowed: limits.maxObjectSize });
  }
  const announced = request.headers['x-amz-mp-object-size'];
  if (announced !== undefined && announced !== String(size)) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${announced} does not match what was computed: ${size}`,
    );
  }
  return size;
}

/** The object's checksum, equal to the one the client claims if it claims one. */
function objectChecksum(context: Context, upload: Upload, parts: readonly StoredPart[]): Checksum | undefined {
  const kind = upload.checksum ?? commonKind(parts);
  if (kind === undefined) return undefined;
  const digests = parts.map(({ size, checksum }) => ({ size, value: checksum?.value ?? '' }));
  const checksum = checksumOfParts(kind.algorithm, kind.type, digests);
  checkClaim(context, upload, checksum);
  return checksum;
}

/** Where the upload names no algorithm: the one all parts have, if they have one. */
function commonKind(parts: readonly StoredPart[]): Upload['checksum'] {
  const first = parts[0]?.checksum;
  if (first === undefined || parts.some(({ checksum }) => checksum?.algorithm !== first.algorithm)) return undefined;
  return { algorithm: first.algorithm, type: checksumTypes(first.algorithm)[0] ?? 'FULL_OBJECT' };
}

function checkClaim({ request }: Context, upload: Upload, checksum: Checksum): void {
  const type = request.headers['x-amz-checksum-type']?.toUpperCase();
  if (type !== undefined && upload.checksum !== undefined && type !== checksum.type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const claimed = checksumInHeaders(request.headers);
  if (claimed === undefined) return;
  const plain = claimed.value.replace(/-\d+$/, '');
  if (claimed.algorithm === checksum.algorithm && plain === checksum.value.replace(/-\d+$/, '')) return;
  throw new S3Error(
    'BadDigest',
    `The ${claimed.algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
  );
}
