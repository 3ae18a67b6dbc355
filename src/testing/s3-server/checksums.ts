/** The checksum algorithms of S3: their headers, how they are computed over a stream, and how parts make up an object. */
import { createHash, hash as hashOnce } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme, crcJoiner } from './crc.ts';
import type { CrcName } from './crc.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const;
/** A checksum algorithm by the name S3's API uses. */
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];
/** Over all bytes, or over the checksums of the parts. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** A checksum as S3 reports it: base64, with `-N` behind a composite one. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
}

/** Bytes in the digest of each. */
export const DIGEST_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
};

export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`;
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);
}

/** Which types S3 allows for an algorithm; the first is the default. */
export function checksumTypes(algorithm: ChecksumAlgorithm): readonly ChecksumType[] {
  if (algorithm === 'CRC64NVME') return ['FULL_OBJECT'];
  return algorithm === 'SHA1' || algorithm === 'SHA256' ? ['COMPOSITE'] : ['COMPOSITE', 'FULL_OBJECT'];
}

/** A digest in the making. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  /** The digest, once. */
  digest(): Buffer;
}

export function createHasher(algorithm: ChecksumAlgorithm | 'MD5'): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return crcHasher(crc32);
    case 'CRC32C':
      return crcHasher(crc32c);
    case 'CRC64NVME':
      return crc64Hasher();
    case 'SHA1':
    case 'SHA256':
    case 'MD5': {
      const hash = createHash(algorithm.toLowerCase());
      return {
        update: (chunk) => void hash.update(chunk),
        digest: () => hash.digest(),
      };
    }
  }
}

/** Digest of a list of buffers in one go. */
export function digestOf(algorithm: ChecksumAlgorithm | 'MD5', chunks: readonly Uint8Array[]): Buffer {
  const hasher = createHasher(algorithm);
  for (const chunk of chunks) hasher.update(chunk);
  return hasher.digest();
}

/** One part's contribution to an object's checksum; the digest is base64. */
export interface PartDigest {
  readonly size: number;
  readonly value: string;
}

/** The checksum of an object made of parts. */
export function checksumOfParts(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartDigest[],
): Checksum {
  if (type === 'COMPOSITE') {
    const digests = parts.map((part) => Buffer.from(part.value, 'base64'));
    return { algorithm, type, value: `${digestOf(algorithm, digests).toString('base64')}-${parts.length}` };
  }
  if (!isCrc(algorithm)) throw new TypeError(`${algorithm} has no full-object checksum of parts`);
  const join = crcJoiner(algorithm);
  let crc = 0n;
  for (const part of parts)
    crc = join(crc, BigInt(`0x${Buffer.from(part.value, 'base64').toString('hex')}`), part.size);
  const hex = crc.toString(16).padStart(DIGEST_BYTES[algorithm] * 2, '0');
  return { algorithm, type, value: Buffer.from(hex, 'hex').toString('base64') };
}

/** ETag of a multipart object: MD5 over the parts' binary MD5s, then the count. */
export function multipartEtag(etags: readonly string[]): string {
  const digests = Buffer.concat(etags.map((etag) => Buffer.from(etag, 'hex')));
  return `${hashOnce('md5', digests, 'hex')}-${etags.length}`;
}

const isCrc = (algorithm: ChecksumAlgorithm): algorithm is CrcName => algorithm !== 'SHA1' && algorithm !== 'SHA256';

function crcHasher(step: (data: Uint8Array, previous: number) => number): Hasher {
  let crc = 0;
  return {
    update(chunk) {
      crc = step(chunk, crc);
    },
    digest() {
      const out = Buffer.alloc(4);
      out.writeUInt32BE(crc);
      return out;
    },
  };
}

function crc64Hasher(): Hasher {
  let crc = { high: 0, low: 0 };
  return {
    update(chunk) {
      crc = crc64nvme(chunk, crc);
    },
    digest() {
      const out = Buffer.alloc(8);
      out.writeUInt32BE(crc.high, 0);
      out.writeUInt32BE(crc.low, 4);
      return out;
    },
  };
}
