/** Bounds what a few compressed bytes may grow to (zlib's own `maxOutputLength` does not apply to streams). */

/** How much output is allowed. */
export interface OutputLimits {
  /** Bytes, in all. */
  readonly maxOutputBytes: number;
  /** Bytes of output per byte of input, once {@link RATIO_GRACE_BYTES} came out. */
  readonly maxRatio: number;
}

/** Bytes of output before the ratio counts: a small file of blanks is no bomb. */
export const RATIO_GRACE_BYTES = 1024 * 1024;

/** Counts output against the limits. */
export class OutputLimit {
  readonly #limits: OutputLimits;
  #written = 0;

  constructor(limits: OutputLimits) {
    this.#limits = limits;
  }

  /**
   * Counts `length` more bytes of output, after `consumed` bytes of input in all. Gives how many of them may pass, and which
   * limit the rest exceeds.
   */
  admit(length: number, consumed: number): { readonly room: number; readonly exceeded?: string } {
    const { maxOutputBytes, maxRatio } = this.#limits;
    const before = this.#written;
    this.#written += length;
    if (this.#written > maxOutputBytes) {
      return { room: maxOutputBytes - before, exceeded: `the output exceeds maxOutputBytes (${maxOutputBytes})` };
    }
    if (this.#written > RATIO_GRACE_BYTES && this.#written > maxRatio * consumed) {
      return { room: 0, exceeded: `the output is more than maxRatio (${maxRatio}) times the input` };
    }
    return { room: length };
  }
}
