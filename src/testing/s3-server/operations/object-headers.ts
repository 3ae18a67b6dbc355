/** Headers of an object, from the request that writes it to the reply that describes it. */
import { CHECKSUM_ALGORITHMS, checksumElement, checksumHeader } from '../checksums.ts';
import type { Checksum } from '../checksums.ts';
import { S3Error } from '../errors.ts';
import type { IncomingRequest } from '../request.ts';
import type { ObjectContent, StoredObject } from '../store.ts';
import type { XmlContent } from '../../store-server/xml.ts';
import { encryptionHeaders, wantedEncryption } from './encryption.ts';

type Headers = Readonly<Record<string, string>>;

/** Stored and given back as they came. */
const SYSTEM_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-website-redirect-location',
];

const META = 'x-amz-meta-';

/** What the headers of a writing request say about the object to be. */
export function describedContent(
  request: IncomingRequest,
  maxMetadataBytes: number,
): Pick<ObjectContent, 'headers' | 'metadata' | 'storageClass' | 'tagging'> {
  const { headers } = request;
  const system: Record<string, string> = { 'content-type': 'binary/octet-stream', ...wantedEncryption(request) };
  for (const name of SYSTEM_HEADERS) {
    const value = name === 'content-encoding' ? withoutAwsChunked(headers[name]) : headers[name];
    if (value !== undefined && value !== '') system[name] = value;
  }
  const metadata = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(META) ? [[name.slice(META.length), value]] : [],
    ),
  );
  const bytes = Object.entries(metadata).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > maxMetadataBytes) {
    throw new S3Error('MetadataTooLarge', undefined, { Size: bytes, MaxSizeAllowed: maxMetadataBytes });
  }
  return {
    headers: system,
    metadata,
    storageClass: headers['x-amz-storage-class'] ?? 'STANDARD',
    tagging: headers['x-amz-tagging'],
  };
}

/** `aws-chunked` describes the transfer, not the object. */
function withoutAwsChunked(encoding: string | undefined): string | undefined {
  const rest = encoding?.split(',').map((item) => item.trim());
  return rest?.filter((item) => item.toLowerCase() !== 'aws-chunked').join(',');
}

/** The headers of a read reply that do not depend on the range. */
export function objectHeaders(object: StoredObject): Record<string, string> {
  const headers: Record<string, string> = {
    ...object.headers,
    ...encryptionHeaders(object.headers),
    'accept-ranges': 'bytes',
    etag: `"${object.etag}"`,
    'last-modified': object.lastModified.toUTCString(),
  };
  for (const [name, value] of Object.entries(object.metadata)) headers[META + name] = value;
  if (object.storageClass !== 'STANDARD') headers['x-amz-storage-class'] = object.storageClass;
  if (object.tagging !== undefined && object.tagging !== '') {
    headers['x-amz-tagging-count'] = String(object.tagging.split('&').length);
  }
  return headers;
}

/** The checksum as reply headers. */
export function checksumHeaders(checksum: Checksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** The checksum as elements of a reply document. */
export function checksumElements(checksum: Checksum | undefined): Record<string, XmlContent> {
  if (checksum === undefined) return {};
  return { [checksumElement(checksum.algorithm)]: checksum.value, ChecksumType: checksum.type };
}

/** The value a request header gives for some algorithm. */
export function checksumInHeaders(headers: Headers): Pick<Checksum, 'algorithm' | 'value'> | undefined {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = headers[checksumHeader(algorithm)];
    if (value !== undefined) return { algorithm, value };
  }
  return undefined;
}
