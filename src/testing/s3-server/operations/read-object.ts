/** GetObject, HeadObject and GetObjectAttributes. */
import { checksumElement } from '../checksums.ts';
import { bucketOf, keyOf, wholeNumber } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { emptyReply, sliceChunks } from '../../store-server/reply.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { versionHeader } from '../store.ts';
import type { Bucket, StoredObject } from '../store.ts';
import { readCondition } from './conditions.ts';
import { checkCustomerKey } from './encryption.ts';
import { checksumElements, checksumHeaders, objectHeaders } from './object-headers.ts';
import { partSpan, rangeSpan } from './range.ts';
import type { Span } from './range.ts';

export function getObject(context: Context): Reply {
  return read(context, (object, { start, end }) => sliceChunks(object.chunks, start, end));
}

export function headObject(context: Context): Reply {
  return read(context, () => []);
}

function read(context: Context, bodyOf: (object: StoredObject, span: Span) => Buffer[]): Reply {
  const { request } = context;
  const bucket = bucketOf(context);
  const object = findVersion(bucket, keyOf(context), request.query['versionId']);
  checkCustomerKey(request, object.headers);
  const identity = { ...objectHeaders(object), ...versionHeader(bucket, object) };
  if (readCondition(request.headers, object) === 'not-modified') {
    const { etag = '', 'last-modified': lastModified = '' } = identity;
    return emptyReply(304, { etag, 'last-modified': lastModified, ...versionHeader(bucket, object) });
  }
  const partNumber = partNumberOf(context);
  const span =
    partNumber === undefined ? rangeSpan(rangeOf(request.headers, object), object.size) : partSpan(object, partNumber);
  const headers = {
    ...identity,
    ...overrides(request.query),
    ...(request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'
      ? readChecksum(object, span, partNumber)
      : {}),
    ...(span.partial ? { 'content-range': `bytes ${span.start}-${span.end - 1}/${object.size}` } : {}),
    ...(partNumber !== undefined && object.parts ? { 'x-amz-mp-parts-count': String(object.parts.length) } : {}),
  };
  return {
    status: span.partial ? 206 : 200,
    headers,
    body: bodyOf(object, span),
    contentLength: span.end - span.start,
  };
}

/** The version a read asks for. Throws `NoSuchKey`, `NoSuchVersion`, or `MethodNotAllowed` on a delete marker. */
export function findVersion(bucket: Bucket, key: string, versionId: string | undefined): StoredObject {
  const version =
    versionId === undefined
      ? bucket.objects.current(key)
      : bucket.objects.versions(key).find((one) => one.versionId === versionId);
  if (version === undefined) {
    if (versionId === undefined) throw new S3Error('NoSuchKey', undefined, { Key: key });
    checkVersionId(versionId);
    throw new S3Error('NoSuchVersion', undefined, { Key: key, VersionId: versionId });
  }
  if (!version.deleteMarker) return version;
  const marker = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': version.versionId };
  if (versionId === undefined) throw new S3Error('NoSuchKey', undefined, { Key: key }, marker);
  throw new S3Error(
    'MethodNotAllowed',
    undefined,
    { Method: 'GET', ResourceType: 'DeleteMarker' },
    { ...marker, allow: 'DELETE', 'last-modified': version.lastModified.toUTCString() },
  );
}

function checkVersionId(versionId: string): void {
  if (versionId === 'null' || /^[\w.-]{32}$/.test(versionId)) return;
  throw new S3Error('InvalidArgument', 'Invalid version id specified', {
    ArgumentName: 'versionId',
    ArgumentValue: versionId,
  });
}

function partNumberOf({ request, limits }: Context): number | undefined {
  const partNumber = wholeNumber(request.query['partNumber'], 'partNumber', { least: 1, most: limits.maxParts });
  if (partNumber !== undefined && request.headers['range'] !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  return partNumber;
}

/** RFC 9110 section 13.1.5: a range counts only if the validator still matches. */
function rangeOf(headers: Readonly<Record<string, string>>, object: StoredObject): string | undefined {
  const ifRange = headers['if-range'];
  const holds =
    ifRange === undefined || ifRange === `"${object.etag}"` || Date.parse(ifRange) === object.lastModified.getTime();
  return holds ? headers['range'] : undefined;
}

/** Checksums cover an object or a part, so a ranged read shows none. */
function readChecksum(object: StoredObject, span: Span, partNumber: number | undefined): Record<string, string> {
  const { checksum, parts } = object;
  if (partNumber === undefined || parts === undefined) {
    return span.partial && partNumber === undefined ? {} : checksumHeaders(checksum);
  }
  const value = parts[partNumber - 1]?.checksum;
  // Only composite checksums keep those of the parts.
  if (checksum?.type !== 'COMPOSITE' || value === undefined) return {};
  return checksumHeaders({ ...checksum, value });
}

const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
];

function overrides(query: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = query[`response-${name}`];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function getObjectAttributes(context: Context): Reply {
  const { request, limits } = context;
  const bucket = bucketOf(context);
  const object = findVersion(bucket, keyOf(context), request.query['versionId']);
  const wanted = new Set((request.headers['x-amz-object-attributes'] ?? '').split(',').map((name) => name.trim()));
  if (wanted.size === 1 && wanted.has('')) {
    throw new S3Error('InvalidArgument', 'The x-amz-object-attributes header is required.');
  }
  const bounds = { least: 0, most: limits.maxParts };
  const marker = wholeNumber(request.headers['x-amz-part-number-marker'], 'part-number-marker', bounds) ?? 0;
  const most = Math.min(wholeNumber(request.headers['x-amz-max-parts'], 'max-parts', bounds) ?? 1000, 1000);
  const { checksum, parts } = object;
  const shown = parts?.filter(({ partNumber }) => partNumber > marker).slice(0, most) ?? [];
  const composite = checksum?.type === 'COMPOSITE' ? checksumElement(checksum.algorithm) : undefined;
  return xmlReply(
    'GetObjectAttributesResponse',
    {
      ETag: wanted.has('ETag') ? object.etag : undefined,
      Checksum: wanted.has('Checksum') && checksum ? checksumElements(checksum) : undefined,
      ObjectParts:
        wanted.has('ObjectParts') && parts
          ? {
              PartsCount: parts.length,
              PartNumberMarker: marker,
              NextPartNumberMarker: shown.at(-1)?.partNumber ?? 0,
              MaxParts: most,
              IsTruncated: (shown.at(-1)?.partNumber ?? parts.length) < parts.length,
              Part: shown.map(({ partNumber, size, checksum: value }) => ({
                ...(composite === undefined ? {} : { [composite]: value }),
                PartNumber: partNumber,
                Size: size,
              })),
            }
          : undefined,
      StorageClass: wanted.has('StorageClass') ? object.storageClass : undefined,
      ObjectSize: wanted.has('ObjectSize') ? object.size : undefined,
    },
    { 'last-modified': object.lastModified.toUTCString(), ...versionHeader(bucket, object) },
  );
}
