/**
 * The CRC of a whole from those of its parts, so that no byte is read twice: what S3 calls a checksum of type `FULL_OBJECT`.
 * As zlib's `crc32_combine` (1.2.12 and later): n bytes that follow multiply a CRC by x^(8n) modulo its polynomial.
 */
import type { ChecksumAlgorithm } from './checksum.ts';

/** Of some bytes of a whole, which come one after the other. */
export interface PartChecksum {
  /** How many: a safe integer >= 0. */
  readonly size: number;
  /** Base64. */
  readonly value: string;
}

interface Crc {
  /** Reflected: the highest bit is the coefficient of x^0 (RFC 1952, section 8). */
  readonly polynomial: bigint;
  readonly bytes: number;
}

/** The polynomials of `crc.ts`, and that of zlib. */
const CRCS: Readonly<Partial<Record<ChecksumAlgorithm, Crc>>> = {
  crc32: { polynomial: 0xedb88320n, bytes: 4 },
  crc32c: { polynomial: 0x82f63b78n, bytes: 4 },
  crc64nvme: { polynomial: 0x9a6c9329ac4bc9b5n, bytes: 8 },
};

/** Base64 of the checksum of all bytes; undefined for an algorithm that does not follow from its parts. */
export function joinedChecksum(algorithm: ChecksumAlgorithm, parts: readonly PartChecksum[]): string | undefined {
  const crc = CRCS[algorithm];
  if (crc === undefined) return undefined;
  // Parts have few sizes.
  const shifts = new Map<number, bigint>();
  let whole = 0n;
  for (const { size, value } of parts) {
    const shift = shifts.get(size) ?? shiftBy(size, crc);
    shifts.set(size, shift);
    whole = multiply(shift, whole, crc) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`);
  }
  return Buffer.from(whole.toString(16).padStart(2 * crc.bytes, '0'), 'hex').toString('base64');
}

/** x^(8 * bytes). */
function shiftBy(bytes: number, crc: Crc): bigint {
  let shift = power(0, crc);
  let square = power(8, crc);
  // Divided, not shifted: a length may exceed the 32 bits that JavaScript's shifts keep.
  for (let rest = bytes; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) shift = multiply(square, shift, crc);
    square = multiply(square, square, crc);
  }
  return shift;
}

/** x^n, for an n below the degree. */
function power(n: number, { bytes }: Crc): bigint {
  return 1n << BigInt(8 * bytes - 1 - n);
}

/** a(x) * b(x) modulo the polynomial. */
function multiply(a: bigint, b: bigint, crc: Crc): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = power(0, crc); bit !== 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= factor;
    factor = (factor & 1n) === 1n ? (factor >> 1n) ^ crc.polynomial : factor >> 1n;
  }
  return product;
}
