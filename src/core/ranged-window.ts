import type { SourceHost } from './source.ts';

/**
 * The memory and the requests of one reader, or of several that are read one after the other.
 * Invariant: the bytes reserved, which are those requested and not yet consumed, never exceed `maxBufferedBytes`.
 */
export class RangedWindow {
  readonly #concurrency: number;
  readonly #maxBufferedBytes: number;
  #reserved = 0;
  #requests = 0;

  constructor(concurrency: number, maxBufferedBytes: number) {
    this.#concurrency = concurrency;
    this.#maxBufferedBytes = maxBufferedBytes;
  }

  /** Bytes that are requested and not yet consumed. */
  get reserved(): number {
    return this.#reserved;
  }

  /** Whether one more request could be made now, for at least one byte. */
  get hasRoom(): boolean {
    return this.#requests < this.#concurrency && this.#reserved < this.#maxBufferedBytes;
  }

  /** Takes a request's slot and its bytes, if both are free. */
  open(bytes: number): boolean {
    if (this.#requests >= this.#concurrency || this.#reserved + bytes > this.#maxBufferedBytes) return false;
    this.#requests += 1;
    this.#reserved += bytes;
    return true;
  }

  /** The request is over; its bytes stay reserved until they are consumed. */
  close(): void {
    this.#requests -= 1;
  }

  /** Bytes were consumed, or will never come. */
  release(bytes: number): void {
    this.#reserved -= bytes;
  }
}

/** What a reader on a window tells its stream. */
export interface RangedHost extends SourceHost {
  /** Called instead of `fill` when bytes or a request became free, for a host with several readers on one window. */
  room?(): void;
}
