/**
 * The CRCs of object stores that Node has no native code for, eight bytes a step ("slicing by eight"): row r of a table
 * holds what a byte does that is followed by r others. Both are reflected, begin with all ones and end inverted.
 */

/** CRC-32C (Castagnoli): RFC 3720, appendix B.4. */
const CRC32C = 0x82f63b78;
/** CRC-64/NVME: NVM Express NVM Command Set specification 1.0, section 5.2.1.3.4. In two halves: BigInt is slow per byte. */
const CRC64NVME = { high: 0x9a6c9329, low: 0xac4bc9b5 } as const;

const ROWS = 8;
/** Read and written through DataViews, which have no holes to be checked for. */
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const newTable = (): DataView => new DataView(new ArrayBuffer(ROWS * 256 * 4));
const at = (table: DataView, index: number): number => table.getInt32(index << 2, true);
const put = (table: DataView, index: number, value: number): void => table.setInt32(index << 2, value, true);

let table32: DataView | undefined;

function makeTable32(): DataView {
  const table = newTable();
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ CRC32C : crc >>> 1;
    put(table, byte, crc);
  }
  for (let index = 256; index < ROWS * 256; index += 1) {
    const shorter = at(table, index - 256);
    put(table, index, (shorter >>> 8) ^ at(table, shorter & 0xff));
  }
  return table;
}

/** CRC-32C of the bytes that `previous` is of, followed by `bytes`; 0 of none. Unsigned. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  const table = (table32 ??= makeTable32());
  const view = viewOf(bytes);
  let crc = ~previous;
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) {
    const near = crc ^ view.getInt32(offset, true);
    const far = view.getInt32(offset + 4, true);
    crc =
      at(table, 0x700 | (near & 0xff)) ^
      at(table, 0x600 | ((near >>> 8) & 0xff)) ^
      at(table, 0x500 | ((near >>> 16) & 0xff)) ^
      at(table, 0x400 | (near >>> 24)) ^
      at(table, 0x300 | (far & 0xff)) ^
      at(table, 0x200 | ((far >>> 8) & 0xff)) ^
      at(table, 0x100 | ((far >>> 16) & 0xff)) ^
      at(table, far >>> 24);
  }
  for (; offset < bytes.length; offset += 1) {
    crc = (crc >>> 8) ^ at(table, (crc ^ view.getUint8(offset)) & 0xff);
  }
  return ~crc >>> 0;
}

/** A 64-bit CRC as its two halves, unsigned. */
export interface Crc64 {
  readonly high: number;
  readonly low: number;
}

let table64: { readonly high: DataView; readonly low: DataView } | undefined;

function makeTable64(): { readonly high: DataView; readonly low: DataView } {
  const [highs, lows] = [newTable(), newTable()];
  const set = (index: number, high: number, low: number): void => {
    put(highs, index, high);
    put(lows, index, low);
  };
  for (let byte = 0; byte < 256; byte += 1) {
    let [high, low] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = (low & 1) === 1 ? CRC64NVME : { high: 0, low: 0 };
      low = ((low >>> 1) | (high << 31)) ^ carry.low;
      high = (high >>> 1) ^ carry.high;
    }
    set(byte, high, low);
  }
  for (let index = 256; index < ROWS * 256; index += 1) {
    const [high, low] = [at(highs, index - 256), at(lows, index - 256)];
    const byte = low & 0xff;
    set(index, (high >>> 8) ^ at(highs, byte), ((low >>> 8) | (high << 24)) ^ at(lows, byte));
  }
  return { high: highs, low: lows };
}

/** CRC-64/NVME of the bytes that `previous` is of, followed by `bytes`. */
export function crc64nvme(bytes: Uint8Array, previous: Crc64 = { high: 0, low: 0 }): Crc64 {
  const { high: highs, low: lows } = (table64 ??= makeTable64());
  const view = viewOf(bytes);
  let [high, low] = [~previous.high, ~previous.low];
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) {
    low ^= view.getInt32(offset, true);
    high ^= view.getInt32(offset + 4, true);
    const a = 0x700 | (low & 0xff);
    const b = 0x600 | ((low >>> 8) & 0xff);
    const c = 0x500 | ((low >>> 16) & 0xff);
    const d = 0x400 | (low >>> 24);
    const e = 0x300 | (high & 0xff);
    const f = 0x200 | ((high >>> 8) & 0xff);
    const g = 0x100 | ((high >>> 16) & 0xff);
    const h = high >>> 24;
    high = at(highs, a) ^ at(highs, b) ^ at(highs, c) ^ at(highs, d);
    high ^= at(highs, e) ^ at(highs, f) ^ at(highs, g) ^ at(highs, h);
    low = at(lows, a) ^ at(lows, b) ^ at(lows, c) ^ at(lows, d);
    low ^= at(lows, e) ^ at(lows, f) ^ at(lows, g) ^ at(lows, h);
  }
  for (; offset < bytes.length; offset += 1) {
    const byte = (low ^ view.getUint8(offset)) & 0xff;
    low = ((low >>> 8) | (high << 24)) ^ at(lows, byte);
    high = (high >>> 8) ^ at(highs, byte);
  }
  return { high: ~high >>> 0, low: ~low >>> 0 };
}
