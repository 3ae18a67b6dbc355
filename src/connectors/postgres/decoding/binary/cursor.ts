/** Reads a value's bytes from front to back; what is not there is a `RangeError` of Buffer's. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** How many bytes there are yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#skip(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#skip(8));
  }

  float32(): number {
    return this.#bytes.readFloatBE(this.#skip(4));
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#skip(8));
  }

  /** The next bytes, or by default all that there are. */
  take(length = this.left): Buffer {
    if (length < 0 || length > this.left) throw new RangeError('a length beyond the end of the value');
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Up to the next NUL, which is left out. */
  terminated(): Buffer {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end === -1) throw new RangeError('a text without an end');
    const text = this.take(end - this.#at);
    this.#at += 1;
    return text;
  }

  /** There must be no more. */
  end(): void {
    if (this.left > 0) throw new RangeError('bytes behind the end of the value');
  }

  #skip(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** The text that the server writes for a value under its default settings, with times in UTC and dates in ISO style. */
export type Writer = (value: Cursor) => string;
