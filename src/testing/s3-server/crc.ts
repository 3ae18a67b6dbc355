/**
 * CRCs that Node has no native code for, and the rule that joins the CRCs of adjacent parts into the CRC of the whole.
 * All three polynomials S3 uses are reflected, start from all ones and end inverted.
 */

/** CRC-32C (Castagnoli), reflected polynomial, RFC 3720 appendix B.4. */
const CRC32C = 0x82f63b78;
/** CRC-64/NVME, reflected polynomial (NVM Express base specification, 64-bit protection information). */
const CRC64NVME = 0x9a6c9329ac4bc9b5n;
/** CRC-32 (ISO-HDLC), reflected polynomial, as in zlib. */
const CRC32 = 0xedb88320n;

/**
 * Slicing by eight: row r holds the effect of a byte that is followed by r others. Tables and data are read through
 * DataViews, which know no holes: a check for `undefined` per byte makes this seven times slower.
 */
const TABLE_BYTES = 8 * 256 * 4;

let table32c: DataView | undefined;

function crc32cTable(): DataView {
  const table = new DataView(new ArrayBuffer(TABLE_BYTES));
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ CRC32C : crc >>> 1;
    table.setInt32(byte << 2, crc, true);
  }
  for (let index = 256; index < 8 * 256; index += 1) {
    const previous = at(table, index - 256);
    table.setInt32(index << 2, (previous >>> 8) ^ at(table, previous & 0xff), true);
  }
  return table;
}

const at = (table: DataView, index: number): number => table.getInt32(index << 2, true);

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** Continues a CRC-32C; start with 0. */
export function crc32c(data: Uint8Array, previous: number): number {
  const t = (table32c ??= crc32cTable());
  const view = viewOf(data);
  const length = data.length;
  let crc = ~previous;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    crc ^= view.getInt32(i, true);
    const next = view.getInt32(i + 4, true);
    crc =
      at(t, 1792 + (crc & 0xff)) ^
      at(t, 1536 + ((crc >>> 8) & 0xff)) ^
      at(t, 1280 + ((crc >>> 16) & 0xff)) ^
      at(t, 1024 + (crc >>> 24)) ^
      at(t, 768 + (next & 0xff)) ^
      at(t, 512 + ((next >>> 8) & 0xff)) ^
      at(t, 256 + ((next >>> 16) & 0xff)) ^
      at(t, next >>> 24);
  }
  for (; i < length; i += 1) crc = (crc >>> 8) ^ at(t, (crc ^ view.getUint8(i)) & 0xff);
  return ~crc >>> 0;
}

/** A 64-bit CRC in two halves: BigInt arithmetic per byte would be a hundred times slower. */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

interface Table64 {
  readonly high: DataView;
  readonly low: DataView;
}
let table64: Table64 | undefined;

function crc64Table(): Table64 {
  const high = new DataView(new ArrayBuffer(TABLE_BYTES));
  const low = new DataView(new ArrayBuffer(TABLE_BYTES));
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ CRC64NVME : crc >> 1n;
    high.setUint32(byte << 2, Number(crc >> 32n), true);
    low.setUint32(byte << 2, Number(crc & 0xffffffffn), true);
  }
  for (let index = 256; index < 8 * 256; index += 1) {
    const h = at(high, index - 256);
    const l = at(low, index - 256);
    high.setInt32(index << 2, (h >>> 8) ^ at(high, l & 0xff), true);
    low.setInt32(index << 2, ((l >>> 8) | (h << 24)) ^ at(low, l & 0xff), true);
  }
  return { high, low };
}

/** Continues a CRC-64/NVME; start with two zero halves. */
export function crc64nvme(data: Uint8Array, previous: Crc64): Crc64 {
  const { high: th, low: tl } = (table64 ??= crc64Table());
  const view = viewOf(data);
  const length = data.length;
  let high = ~previous.high;
  let low = ~previous.low;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    low ^= view.getInt32(i, true);
    high ^= view.getInt32(i + 4, true);
    const a = 1792 + (low & 0xff);
    const b = 1536 + ((low >>> 8) & 0xff);
    const c = 1280 + ((low >>> 16) & 0xff);
    const d = 1024 + (low >>> 24);
    const e = 768 + (high & 0xff);
    const f = 512 + ((high >>> 8) & 0xff);
    const g = 256 + ((high >>> 16) & 0xff);
    const h = high >>> 24;
    high = at(th, a) ^ at(th, b) ^ at(th, c) ^ at(th, d) ^ at(th, e) ^ at(th, f) ^ at(th, g) ^ at(th, h);
    low = at(tl, a) ^ at(tl, b) ^ at(tl, c) ^ at(tl, d) ^ at(tl, e) ^ at(tl, f) ^ at(tl, g) ^ at(tl, h);
  }
  for (; i < length; i += 1) {
    const slot = (low ^ view.getUint8(i)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ at(tl, slot);
    high = (high >>> 8) ^ at(th, slot);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}

const POLYNOMIALS = {
  CRC32: { polynomial: CRC32, top: 31n },
  CRC32C: { polynomial: BigInt(CRC32C), top: 31n },
  CRC64NVME: { polynomial: CRC64NVME, top: 63n },
} as const;

/** The CRCs that can be joined. */
export type CrcName = keyof typeof POLYNOMIALS;

/** Gives a function `(crc of A, crc of B, bytes in B) -> crc of A followed by B`; it remembers the shifts it has made. */
export function crcJoiner(name: CrcName): (first: bigint, second: bigint, secondLength: number) => bigint {
  const { polynomial, top } = POLYNOMIALS[name];
  const one = 1n << top;
  const multiply = (a: bigint, b: bigint): bigint => {
    let product = 0n;
    for (let mask = one; mask > 0n; mask >>= 1n) {
      if (a & mask) product ^= b;
      b = b & 1n ? (b >> 1n) ^ polynomial : b >> 1n;
    }
    return product;
  };
  const shifts = new Map<number, bigint>();
  const shiftFor = (bytes: number): bigint => {
    const known = shifts.get(bytes);
    if (known !== undefined) return known;
    let result = one;
    let square = one >> 8n; // x^8: one byte further
    for (let rest = BigInt(bytes); rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = multiply(result, square);
      square = multiply(square, square);
    }
    shifts.set(bytes, result);
    return result;
  };
  return (first, second, secondLength) => multiply(shiftFor(secondLength), first) ^ second;
}
