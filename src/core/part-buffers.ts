/** The buffers of parts, within one bound of memory: those that were sent are filled again. */

/** What the first part begins with, and by how much it grows. */
const FIRST_BYTES = 64 * 1024;
const GROWTH = 4;

export class PartBuffers {
  readonly #maxBytes: number;
  readonly #spare: Buffer[] = [];
  #lentBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Whether one of this size fits beside those that are lent; by itself each does. */
  fits(size: number): boolean {
    return this.#lentBytes === 0 || this.#lentBytes + size <= this.#maxBytes;
  }

  /** One to be filled. */
  take(size: number): Buffer {
    const spare = this.#spare.pop();
    // Parts never shrink: buffers of another size would only take memory.
    if (spare?.length !== size) this.#spare.length = 0;
    // Slow: a part must not come from, nor pin, Node's shared 8 KiB pool.
    return spare?.length === size ? spare : Buffer.allocUnsafeSlow(size);
  }

  /** A larger one that holds what is in `filled`, with room for `bytes` more as far as `size` allows. */
  grown(filled: Buffer | undefined, bytes: number, size: number): Buffer {
    const held = filled?.length ?? 0;
    // Most objects of many are small: the first part becomes as large as it must, at the price of copies.
    const grown = Buffer.allocUnsafeSlow(Math.min(size, Math.max(held * GROWTH, FIRST_BYTES, bytes)));
    filled?.copy(grown);
    return grown;
  }

  /** Until it is given back, it counts, and is filled by nobody. */
  lend(buffer: Buffer): void {
    this.#lentBytes += buffer.length;
  }

  giveBack(buffer: Buffer): void {
    this.#lentBytes -= buffer.length;
    this.#spare.push(buffer);
  }
}
