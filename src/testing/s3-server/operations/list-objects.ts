/** ListObjectsV2, ListObjects and ListObjectVersions. */
import { OWNER, bucketOf, isoTime, wholeNumber } from '../context.ts';
import type { Context } from '../context.ts';
import { S3Error } from '../errors.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { compareUtf8 } from '../../store-server/sorted-keys.ts';
import type { Bucket, StoredObject, Version } from '../store.ts';
import type { XmlContent } from '../../store-server/xml.ts';
import { pageOf, urlEncode } from './page.ts';
import type { Names, Page } from './page.ts';

interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  readonly encode: (name: string) => string;
}

function listQuery({ request, limits }: Context): ListQuery {
  const encoding = request.query['encoding-type'];
  if (encoding !== undefined && encoding !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
      ArgumentName: 'encoding-type',
      ArgumentValue: encoding,
    });
  }
  const bounds = { least: 0, most: 2 ** 31 - 1 };
  return {
    prefix: request.query['prefix'] ?? '',
    delimiter: request.query['delimiter'] ?? '',
    limit: Math.min(wholeNumber(request.query['max-keys'], 'max-keys', bounds) ?? limits.maxKeys, limits.maxKeys),
    encode: encoding === 'url' ? urlEncode : (name) => name,
  };
}

export function listObjectsV2(context: Context): Reply {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const list = listQuery(context);
  const token = query['continuation-token'];
  const after = token === undefined ? (query['start-after'] ?? '') : readToken(token);
  const page = pageOf(liveKeys(bucket), { ...list, after });
  const last = page.entries.at(-1);
  return xmlReply('ListBucketResult', {
    Name: bucket.name,
    Prefix: list.encode(list.prefix),
    StartAfter: query['start-after'] === undefined ? undefined : list.encode(query['start-after']),
    ContinuationToken: token,
    NextContinuationToken: page.truncated && last ? writeToken(last.name) : undefined,
    KeyCount: page.entries.length,
    MaxKeys: list.limit,
    Delimiter: list.delimiter === '' ? undefined : list.encode(list.delimiter),
    EncodingType: query['encoding-type'],
    IsTruncated: page.truncated,
    ...pageElements(bucket, page, list, query['fetch-owner'] === 'true'),
  });
}

export function listObjects(context: Context): Reply {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const list = listQuery(context);
  const marker = query['marker'] ?? '';
  const page = pageOf(liveKeys(bucket), { ...list, after: marker });
  const last = page.entries.at(-1);
  return xmlReply('ListBucketResult', {
    Name: bucket.name,
    Prefix: list.encode(list.prefix),
    Marker: list.encode(marker),
    // As S3 does: without a delimiter the client takes the last key.
    NextMarker: page.truncated && last && list.delimiter !== '' ? list.encode(last.name) : undefined,
    MaxKeys: list.limit,
    Delimiter: list.delimiter === '' ? undefined : list.encode(list.delimiter),
    EncodingType: query['encoding-type'],
    IsTruncated: page.truncated,
    ...pageElements(bucket, page, list, true),
  });
}

/** Tokens are opaque to clients. */
const writeToken = (name: string): string => Buffer.from(`1${name}`).toString('base64');

function readToken(token: string): string {
  const text = Buffer.from(token, 'base64').toString();
  if (text.startsWith('1') && writeToken(text.slice(1)) === token) return text.slice(1);
  throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    ArgumentName: 'continuation-token',
  });
}

/** The bucket's keys without those behind a delete marker. */
function liveKeys({ objects, versioning }: Bucket): Names {
  if (versioning === undefined) return objects.keys;
  const names = objects.keys.all().filter((key) => objects.live(key) !== undefined);
  return { all: () => names, lowerBound: (name) => lowerBound(names, name) };
}

function lowerBound(names: readonly string[], name: string): number {
  const index = names.findIndex((one) => compareUtf8(one, name) >= 0);
  return index === -1 ? names.length : index;
}

function pageElements(bucket: Bucket, page: Page, { encode }: ListQuery, owner: boolean): Record<string, XmlContent[]> {
  return {
    Contents: page.entries.flatMap(({ name, isPrefix }) => {
      const object = isPrefix ? undefined : bucket.objects.live(name);
      return object ? [objectElement(object, encode, owner)] : [];
    }),
    CommonPrefixes: page.entries.flatMap(({ name, isPrefix }) => (isPrefix ? [{ Prefix: encode(name) }] : [])),
  };
}

function objectElement(object: StoredObject, encode: (name: string) => string, owner: boolean): XmlContent {
  return {
    Key: encode(object.key),
    LastModified: isoTime(object.lastModified),
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksum?.algorithm,
    ChecksumType: object.checksum?.type,
    Size: object.size,
    Owner: owner ? OWNER : undefined,
    StorageClass: object.storageClass,
  };
}

export function listObjectVersions(context: Context): Reply {
  const { query } = context.request;
  const bucket = bucketOf(context);
  const list = listQuery(context);
  const keyMarker = query['key-marker'] ?? '';
  const versionMarker = query['version-id-marker'];
  const versions = versionsAfter(bucket, keyMarker, versionMarker);
  const rolled = rollUp(versions, list, keyMarker);
  const shown = rolled.slice(0, list.limit);
  const truncated = list.limit > 0 && rolled.length > list.limit;
  const last = shown.at(-1);
  const plain = shown.filter((one) => typeof one !== 'string');
  return xmlReply('ListVersionsResult', {
    Name: bucket.name,
    Prefix: list.encode(list.prefix),
    KeyMarker: list.encode(keyMarker),
    VersionIdMarker: versionMarker ?? '',
    NextKeyMarker: truncated && last ? list.encode(typeof last === 'string' ? last : last.key) : undefined,
    NextVersionIdMarker: truncated && last && typeof last !== 'string' ? last.versionId : undefined,
    MaxKeys: list.limit,
    Delimiter: list.delimiter === '' ? undefined : list.encode(list.delimiter),
    EncodingType: query['encoding-type'],
    IsTruncated: truncated,
    Version: plain.flatMap((one) => (one.deleteMarker ? [] : [versionElement(bucket, one, list.encode)])),
    DeleteMarker: plain.flatMap((one) => (one.deleteMarker ? [versionElement(bucket, one, list.encode)] : [])),
    CommonPrefixes: shown.flatMap((one) => (typeof one === 'string' ? [{ Prefix: list.encode(one) }] : [])),
  });
}

function versionsAfter({ objects }: Bucket, keyMarker: string, versionMarker: string | undefined): readonly Version[] {
  return objects.keys.all().flatMap((key) => {
    const order = compareUtf8(key, keyMarker);
    if (keyMarker === '' || order > 0) return objects.versions(key);
    if (order < 0 || versionMarker === undefined || versionMarker === '') return [];
    const index = objects.versions(key).findIndex((one) => one.versionId === versionMarker);
    return objects.versions(key).slice(index + 1);
  });
}

/** Versions in order, with those below a common prefix replaced by it. */
function rollUp(versions: readonly Version[], { prefix, delimiter }: ListQuery, marker: string): (Version | string)[] {
  const rolled: (Version | string)[] = [];
  for (const version of versions) {
    if (!version.key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : version.key.indexOf(delimiter, prefix.length);
    const common = end === -1 ? undefined : version.key.slice(0, end + delimiter.length);
    if (common === undefined) rolled.push(version);
    else if (common !== marker && rolled.at(-1) !== common) rolled.push(common);
  }
  return rolled;
}

function versionElement(bucket: Bucket, version: Version, encode: (name: string) => string): XmlContent {
  const identity = {
    Key: encode(version.key),
    VersionId: version.versionId,
    IsLatest: bucket.objects.current(version.key) === version,
    LastModified: isoTime(version.lastModified),
    Owner: OWNER,
  };
  if (version.deleteMarker) return identity;
  return { ...identity, ETag: `"${version.etag}"`, Size: version.size, StorageClass: version.storageClass };
}
