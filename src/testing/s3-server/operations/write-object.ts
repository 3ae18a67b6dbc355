/** PutObject, CopyObject, DeleteObject and DeleteObjects. */
import { randomBytes } from 'node:crypto';
import { createHasher, digestOf, isChecksumAlgorithm } from '../checksums.ts';
import type { Checksum, ChecksumAlgorithm } from '../checksums.ts';
import { bucketOf, isoTime, keyOf } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { emptyReply } from '../../store-server/reply.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { putObject as store, newId, versionHeader, wholeSeconds } from '../store.ts';
import type { Bucket, ObjectContent, StoredObject } from '../store.ts';
import { child, children, parseXml } from '../../store-server/xml.ts';
import type { XmlElement } from '../../store-server/xml.ts';
import { writeCondition } from './conditions.ts';
import { copySource } from './copy-source.ts';
import { encryptionHeaders, keepsMd5 } from './encryption.ts';
import { checksumElements, checksumHeaders, describedContent } from './object-headers.ts';

export function putObject(context: Context): Reply {
  const { request, body, limits, now } = context;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  writeCondition(request.headers, key, bucket.objects.live(key));
  const content = describedContent(request, limits.maxMetadataBytes);
  const object = store(
    bucket,
    key,
    {
      ...content,
      chunks: body.chunks,
      size: body.size,
      etag: keepsMd5(content.headers) ? (body.md5 ?? opaqueEtag()) : opaqueEtag(),
      checksum: body.checksum && { ...body.checksum, type: 'FULL_OBJECT' },
      parts: undefined,
    },
    now(),
  );
  return emptyReply(200, {
    etag: `"${object.etag}"`,
    ...encryptionHeaders(object.headers),
    ...checksumHeaders(object.checksum),
    ...versionHeader(bucket, object),
  });
}

/** An ETag that is no digest, as S3 gives under SSE-KMS. */
export const opaqueEtag = (): string => randomBytes(16).toString('hex');

export function copyObject(context: Context): Reply {
  const { request, now } = context;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const source = copySource(context);
  writeCondition(request.headers, key, bucket.objects.live(key));
  const object = store(bucket, key, copiedContent(context, source.object, source.bucket === bucket), now());
  return xmlReply(
    'CopyObjectResult',
    {
      LastModified: isoTime(object.lastModified),
      ETag: `"${object.etag}"`,
      ...checksumElements(object.checksum),
    },
    {
      ...versionHeader(bucket, object),
      ...(source.bucket.versioning === undefined ? {} : { 'x-amz-copy-source-version-id': source.object.versionId }),
    },
  );
}

function copiedContent(context: Context, source: StoredObject, sameBucket: boolean): ObjectContent {
  const { request, limits, md5Etags } = context;
  const { headers } = request;
  const replaces = headers['x-amz-metadata-directive']?.toUpperCase() === 'REPLACE';
  if (sameBucket && source.key === request.key && !replaces && headers['x-amz-storage-class'] === undefined) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  if (source.size > limits.maxPartSize) {
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${limits.maxPartSize}`,
    );
  }
  const described = replaces ? describedContent(request, limits.maxMetadataBytes) : source;
  const wasWhole = source.parts === undefined;
  return {
    headers: described.headers,
    metadata: described.metadata,
    tagging:
      headers['x-amz-tagging-directive']?.toUpperCase() === 'REPLACE' ? headers['x-amz-tagging'] : source.tagging,
    storageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
    chunks: source.chunks,
    size: source.size,
    etag: wasWhole ? source.etag : md5Etags ? digestOf('MD5', source.chunks).toString('hex') : opaqueEtag(),
    checksum: copiedChecksum(headers['x-amz-checksum-algorithm'], source),
    parts: undefined,
  };
}

/** The copy is one whole again, so a composite checksum is computed anew. */
function copiedChecksum(wanted: string | undefined, source: StoredObject): Checksum | undefined {
  const algorithm: ChecksumAlgorithm | undefined =
    wanted !== undefined && isChecksumAlgorithm(wanted) ? wanted : source.checksum?.algorithm;
  if (algorithm === undefined) return undefined;
  if (source.checksum?.algorithm === algorithm && source.checksum.type === 'FULL_OBJECT') return source.checksum;
  const hasher = createHasher(algorithm);
  for (const chunk of source.chunks) hasher.update(chunk);
  return { algorithm, type: 'FULL_OBJECT', value: hasher.digest().toString('base64') };
}

export function deleteObject(context: Context): Reply {
  const { request, now } = context;
  const bucket = bucketOf(context);
  const key = keyOf(context);
  const deleted = deleteVersion(bucket, key, request.query['versionId'], now(), request.headers['if-match']);
  return emptyReply(204, {
    ...(deleted.deleteMarker ? { 'x-amz-delete-marker': 'true' } : {}),
    ...(deleted.versionId === undefined ? {} : { 'x-amz-version-id': deleted.versionId }),
  });
}

interface Deleted {
  readonly deleteMarker: boolean;
  /** The version removed, or of the marker made. */
  readonly versionId: string | undefined;
}

/** Removes a version, or hides the object behind a marker where the bucket keeps versions. */
function deleteVersion(
  bucket: Bucket,
  key: string,
  versionId: string | undefined,
  now: Date,
  ifMatch: string | undefined,
): Deleted {
  if (ifMatch !== undefined) writeCondition({ 'if-match': ifMatch }, key, bucket.objects.live(key));
  if (versionId !== undefined) {
    const version = bucket.objects.versions(key).find((one) => one.versionId === versionId);
    bucket.objects.remove(key, versionId);
    return { deleteMarker: version?.deleteMarker ?? false, versionId };
  }
  if (bucket.versioning === undefined) {
    bucket.objects.remove(key, 'null');
    return { deleteMarker: false, versionId: undefined };
  }
  const marker = bucket.objects.add({
    key,
    versionId: bucket.versioning === 'Enabled' ? newId() : 'null',
    lastModified: wholeSeconds(now),
    deleteMarker: true,
  });
  return { deleteMarker: true, versionId: marker.versionId };
}

export function deleteObjects(context: Context): Reply {
  const { request, body, limits, now } = context;
  const bucket = bucketOf(context);
  if (body.checksum?.sent !== true && request.headers['content-md5'] === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  const root = parseXml(Buffer.concat(body.chunks).toString());
  const wanted = root?.name === 'Delete' ? children(root, 'Object') : [];
  if (root === undefined || wanted.length === 0 || wanted.length > limits.maxKeys) throw new S3Error('MalformedXML');
  const quiet = child(root, 'Quiet')?.text.trim() === 'true';
  const results = wanted.map((one) => deleteOne(bucket, one, now()));
  return xmlReply('DeleteResult', {
    Deleted: quiet ? undefined : results.flatMap((result) => ('Code' in result ? [] : [result])),
    Error: results.flatMap((result) => ('Code' in result ? [result] : [])),
  });
}

function deleteOne(bucket: Bucket, element: XmlElement, now: Date): Record<string, string | boolean | undefined> {
  const key = child(element, 'Key')?.text ?? '';
  const versionId = child(element, 'VersionId')?.text;
  if (key === '') throw new S3Error('MalformedXML');
  try {
    const deleted = deleteVersion(bucket, key, versionId, now, child(element, 'ETag')?.text);
    const marker = deleted.deleteMarker ? { DeleteMarker: true, DeleteMarkerVersionId: deleted.versionId } : {};
    return { Key: key, VersionId: versionId, ...marker };
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return { Key: key, VersionId: versionId, Code: error.code, Message: error.message };
  }
}
