/** ListParts and ListMultipartUploads. */
import { checksumElement } from '../checksums.ts';
import { OWNER, bucketOf, isoTime, wholeNumber } from '../context.ts';
import type { Context } from '../context.ts';
import { xmlReply } from '../xml-reply.ts';
import type { Reply } from '../../store-server/reply.ts';
import { compareUtf8 } from '../../store-server/sorted-keys.ts';
import type { Upload } from '../store.ts';
import { checkCustomerKey } from './encryption.ts';
import { urlEncode } from './page.ts';
import { partAlgorithm, uploadOf } from './uploads.ts';

/** S3's largest page of either listing. */
const MAX_PAGE = 1000;

export function listParts(context: Context): Reply {
  const { request, limits, defaultChecksum } = context;
  const upload = uploadOf(context);
  // As S3 has it: a key that is not needed is not missed.
  if (upload.checksum !== undefined) checkCustomerKey(request, upload.content.headers);
  const bounds = { least: 0, most: 2 ** 31 - 1 };
  const most = Math.min(
    wholeNumber(request.query['max-parts'], 'max-parts', bounds) ?? MAX_PAGE,
    MAX_PAGE,
    limits.maxKeys,
  );
  const marker = wholeNumber(request.query['part-number-marker'], 'part-number-marker', bounds) ?? 0;
  const later = [...upload.parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((a, b) => a.partNumber - b.partNumber);
  const shown = later.slice(0, most);
  const checksum = partAlgorithm(upload, defaultChecksum);
  return xmlReply('ListPartsResult', {
    Bucket: upload.bucket,
    Key: upload.key,
    UploadId: upload.uploadId,
    Initiator: OWNER,
    Owner: OWNER,
    StorageClass: upload.content.storageClass,
    PartNumberMarker: marker,
    NextPartNumberMarker: shown.at(-1)?.partNumber ?? 0,
    MaxParts: most,
    IsTruncated: most > 0 && later.length > most,
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    Part: shown.map((part) => ({
      PartNumber: part.partNumber,
      LastModified: isoTime(part.lastModified),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...(part.checksum ? { [checksumElement(part.checksum.algorithm)]: part.checksum.value } : {}),
    })),
  });
}

export function listMultipartUploads(context: Context): Reply {
  const { request, store, limits } = context;
  const { query } = request;
  const bucket = bucketOf(context);
  const bounds = { least: 0, most: 2 ** 31 - 1 };
  const most = Math.min(wholeNumber(query['max-uploads'], 'max-uploads', bounds) ?? MAX_PAGE, MAX_PAGE, limits.maxKeys);
  const encode = query['encoding-type'] === 'url' ? urlEncode : (name: string): string => name;
  const prefix = query['prefix'] ?? '';
  const delimiter = query['delimiter'] ?? '';
  const marker = { key: query['key-marker'] ?? '', uploadId: query['upload-id-marker'] ?? '' };
  const uploads = [...store.uploads.values()].filter((one) => one.bucket === bucket.name && one.key.startsWith(prefix));
  const rolled = rollUp(afterMarker(uploads, marker), prefix, delimiter, marker.key);
  const shown = rolled.slice(0, most);
  const truncated = most > 0 && rolled.length > most;
  const last = truncated ? shown.at(-1) : undefined;
  return xmlReply('ListMultipartUploadsResult', {
    Bucket: bucket.name,
    KeyMarker: encode(marker.key),
    UploadIdMarker: marker.uploadId,
    NextKeyMarker: last === undefined ? undefined : encode(typeof last === 'string' ? last : last.key),
    NextUploadIdMarker: typeof last === 'object' ? last.uploadId : undefined,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    Prefix: encode(prefix),
    EncodingType: query['encoding-type'],
    MaxUploads: most,
    IsTruncated: truncated,
    Upload: shown.flatMap((one) => (typeof one === 'string' ? [] : [uploadElement(one, encode)])),
    CommonPrefixes: shown.flatMap((one) => (typeof one === 'string' ? [{ Prefix: encode(one) }] : [])),
  });
}

/** By key, then in the order begun; what comes after the marker. */
function afterMarker(
  uploads: readonly Upload[],
  marker: { readonly key: string; readonly uploadId: string },
): Upload[] {
  const ordered = [...uploads].sort((a, b) => compareUtf8(a.key, b.key));
  if (marker.key === '') return ordered;
  const index = ordered.findIndex(({ key, uploadId }) => key === marker.key && uploadId === marker.uploadId);
  if (index !== -1) return ordered.slice(index + 1);
  return ordered.filter(({ key }) => compareUtf8(key, marker.key) > 0);
}

function rollUp(uploads: readonly Upload[], prefix: string, delimiter: string, marker: string): (Upload | string)[] {
  const rolled: (Upload | string)[] = [];
  for (const upload of uploads) {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length);
    const common = end === -1 ? undefined : upload.key.slice(0, end + delimiter.length);
    if (common === undefined) rolled.push(upload);
    else if (common !== marker && rolled.at(-1) !== common) rolled.push(common);
  }
  return rolled;
}

const uploadElement = (
  upload: Upload,
  encode: (name: string) => string,
): Record<string, string | typeof OWNER | undefined> => ({
  Key: encode(upload.key),
  UploadId: upload.uploadId,
  Initiator: OWNER,
  Owner: OWNER,
  StorageClass: upload.content.storageClass,
  Initiated: isoTime(upload.initiated),
  ChecksumAlgorithm: upload.checksum?.algorithm,
  ChecksumType: upload.checksum?.type,
});
