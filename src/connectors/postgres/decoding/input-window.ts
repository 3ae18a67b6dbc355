/** Input that is not done with, in one piece, whatever chunks it came in. A byte is moved once on average, however long a record. */

const NOTHING = Buffer.alloc(0);
/** A buffer that grew beyond this for a long record is not kept for the next one. */
const KEPT_BYTES = 1024 * 1024;
const STEP_BYTES = 64 * 1024;

export class InputWindow {
  /** Valid from `start` to `end`; those of a chunk as it came, or our own. */
  bytes: Buffer = NOTHING;
  start = 0;
  end = 0;
  /** What `bytes[0]` is in all of the input. */
  #offset = 0;
  #own = NOTHING;

  /** Position of `start` in the input. */
  get offset(): number {
    return this.#offset + this.start;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Takes a chunk, which must stay as it is until the next one. */
  add(chunk: Buffer): void {
    const held = this.length;
    if (held === 0) {
      this.#place(chunk, chunk.length);
      if (this.#own.length > KEPT_BYTES) this.#own = NOTHING;
      return;
    }
    const isOwn = this.bytes === this.#own;
    if (!isOwn || this.#own.length - this.end < chunk.length) {
      const needed = 2 * (held + chunk.length);
      const own =
        this.#own.length < needed ? Buffer.allocUnsafeSlow(Math.ceil(needed / STEP_BYTES) * STEP_BYTES) : this.#own;
      this.bytes.copy(own, 0, this.start, this.end);
      this.#own = own;
      this.#place(own, held);
    }
    chunk.copy(this.#own, this.end);
    this.end += chunk.length;
  }

  #place(bytes: Buffer, length: number): void {
    this.#offset += this.start;
    this.bytes = bytes;
    this.start = 0;
    this.end = length;
  }
}
