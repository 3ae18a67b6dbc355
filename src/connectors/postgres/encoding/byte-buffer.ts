/** A buffer that grows while it is written to, and is handed on whole. Writers reserve, write to `bytes` and move `length`. */

export class ByteBuffer {
  bytes: Buffer;
  /** How many of `bytes` are written. */
  length = 0;
  readonly #capacity: number;

  /** `capacity` is what a new buffer has to begin with. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    // Not of the pool, which other buffers share: it is filled, handed on and kept until it is sent.
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `size` more bytes. */
  reserve(size: number): void {
    const least = this.length + size;
    if (least <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(least, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  /** Writes bytes that were made before. */
  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Writes a text of ASCII. */
  putAscii(text: string): void {
    const size = text.length;
    this.reserve(size);
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < size; index += 1) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  putByte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Integers in network byte order, cut to their size. */
  putInt16(value: number): void {
    this.reserve(2);
    const { bytes, length } = this;
    bytes[length] = value >> 8;
    bytes[length + 1] = value;
    this.length = length + 2;
  }

  putInt32(value: number): void {
    this.reserve(4);
    this.setInt32(this.length, value);
    this.length += 4;
  }

  putInt64(value: bigint): void {
    this.reserve(8);
    this.length = this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.length);
  }

  /** A whole number that a double holds exactly. */
  putSafeInt64(value: number): void {
    const high = Math.floor(value / 0x1_0000_0000);
    this.putInt32(high);
    this.putInt32(value - high * 0x1_0000_0000);
  }

  putFloat32(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeFloatBE(value, this.length);
  }

  putFloat64(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleBE(value, this.length);
  }

  /** Over what is written already. */
  setInt32(at: number, value: number): void {
    const { bytes } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
  }

  /** Gives what was written, and begins anew. */
  take(): Buffer {
    const written = this.bytes.subarray(0, this.length);
    this.bytes = Buffer.allocUnsafeSlow(this.#capacity);
    this.length = 0;
    return written;
  }
}
