/** The checksums that S3 holds of an object, as its answers tell them: of the whole, or of each part that it was uploaded in. */
import type { ChecksumAlgorithm } from '../../core/checksum.ts';
import type { StoredChecksum, StoredVersion } from '../../core/whole-checksum.ts';
import { connectorError } from '../../errors.ts';
import { classifyS3Error } from './errors.ts';
import type { S3Requests } from './native.ts';

/** Those of the SDK's fields that can be computed here, the quickest first. */
const FIELDS = [
  ['crc32', 'ChecksumCRC32'],
  ['sha1', 'ChecksumSHA1'],
  ['sha256', 'ChecksumSHA256'],
  ['crc32c', 'ChecksumCRC32C'],
  ['crc64nvme', 'ChecksumCRC64NVME'],
  ['md5', 'ChecksumMD5'],
  ['sha512', 'ChecksumSHA512'],
] as const satisfies readonly (readonly [ChecksumAlgorithm, string])[];

type ChecksumFields = Readonly<Partial<Record<(typeof FIELDS)[number][1], string | undefined>>>;

/** The fields of a GetObject or HeadObject answer. */
export type ChecksumAnswer = ChecksumFields & { readonly ChecksumType?: string | undefined };

/** A checksum of all bytes; `'parts'` where there is only one of the parts' checksums (`…-3`), which no reader can compute. */
export function wholeChecksum(answer: ChecksumAnswer, totalBytes: number): StoredChecksum | 'parts' | undefined {
  let found: StoredChecksum | 'parts' | undefined;
  for (const [algorithm, field] of FIELDS) {
    const value = answer[field];
    if (value === undefined) continue;
    const isWhole = !value.includes('-') && answer.ChecksumType !== 'COMPOSITE';
    if (isWhole) return { algorithm, pieces: [{ size: totalBytes, value }] };
    found = 'parts';
  }
  return found;
}

/** An object, as requests name it. */
export interface ObjectTarget {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

const PARTS_PER_ANSWER = 1_000;

/**
 * The checksum of each part, by GetObjectAttributes; undefined where the store does not tell those of all of them, or
 * not to this caller.
 *
 * @throws PermanentError `OBJECT_CHANGED`
 */
export async function partChecksums(
  s3: S3Requests,
  target: ObjectTarget,
  { version, totalBytes }: StoredVersion,
  signal: AbortSignal,
): Promise<StoredChecksum | undefined> {
  const parts: PartFields[] = [];
  for (let marker: string | undefined, more = true; more;) {
    const page = await attributes(
      s3,
      { ...target, ...(marker === undefined ? {} : { PartNumberMarker: marker }) },
      signal,
    );
    if (page === undefined) return undefined;
    if (page.ETag !== undefined && version !== '' && unquoted(page.ETag) !== unquoted(version)) {
      throw connectorError('OBJECT_CHANGED', 'the object was replaced while it was being read');
    }
    const { Parts: listed = [], IsTruncated, NextPartNumberMarker: next } = page.ObjectParts ?? {};
    parts.push(...listed);
    more = IsTruncated === true && listed.length > 0 && next !== undefined && next !== marker;
    marker = next;
  }
  return piecesOf(parts, totalBytes);
}

type PartFields = ChecksumFields & { readonly Size?: number | undefined };

async function attributes(s3: S3Requests, target: ObjectTarget & { PartNumberMarker?: string }, signal: AbortSignal) {
  const input = {
    ...target,
    ObjectAttributes: ['ETag' as const, 'ObjectParts' as const],
    MaxParts: PARTS_PER_ANSWER,
  };
  try {
    return await s3.objectAttributes(input, signal);
  } catch (error) {
    const { retryable, code } = classifyS3Error(error, 'read');
    // It takes a permission of its own, and not every store has it.
    if (retryable || code === 'ABORTED') throw error;
    return undefined;
  }
}

/** All parts with a checksum of one algorithm, and no byte without. */
function piecesOf(parts: readonly PartFields[], totalBytes: number): StoredChecksum | undefined {
  if (parts.reduce((sum, { Size = 0 }) => sum + Size, 0) !== totalBytes) return undefined;
  for (const [algorithm, field] of FIELDS) {
    const pieces = parts.flatMap(({ [field]: value, Size: size = 0 }) =>
      value === undefined ? [] : [{ size, value }],
    );
    if (pieces.length === parts.length && pieces.length > 0) return { algorithm, pieces };
  }
  return undefined;
}

const unquoted = (etag: string): string => etag.replaceAll('"', '');
