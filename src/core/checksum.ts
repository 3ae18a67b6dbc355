/** Incremental checksums of parts and of whole objects, in the base64 form that object stores send and expect. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc.ts';
import type { Crc64 } from './crc.ts';

/** The algorithms that can be computed, the quickest first. */
export const CHECKSUM_ALGORITHMS = ['crc32', 'sha1', 'sha256', 'crc32c', 'crc64nvme', 'md5', 'sha512'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

/** A checksum that is being computed. */
export interface Checksum {
  /** Takes the next bytes. They are read at once and not kept. */
  update(chunk: Uint8Array): void;
  /** Base64 of the checksum of all bytes so far; more may follow. CRCs are in big-endian order, as S3 has them. */
  digest(): string;
}

/** Starts a checksum over no bytes. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === 'crc32') return running<number>(0, (crc, chunk) => crc32(chunk, crc), encodeCrc32);
  if (algorithm === 'crc32c') return running<number>(0, (crc, chunk) => crc32c(chunk, crc), encodeCrc32);
  if (algorithm === 'crc64nvme') return running(NO_CRC64, (crc, chunk) => crc64nvme(chunk, crc), encodeCrc64);
  const hash = createHash(algorithm);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.copy().digest('base64') };
}

const NO_CRC64: Crc64 = { high: 0, low: 0 };

function running<T>(start: T, next: (value: T, chunk: Uint8Array) => T, encode: (value: T) => string): Checksum {
  let value = start;
  return {
    update: (chunk) => {
      value = next(value, chunk);
    },
    digest: () => encode(value),
  };
}

/** Base64 of a CRC-32 (or CRC-32C) in big-endian order, as in `x-amz-checksum-crc32`. */
export function encodeCrc32(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}

function encodeCrc64({ high, low }: Crc64): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(high, 0);
  bytes.writeUInt32BE(low, 4);
  return bytes.toString('base64');
}
