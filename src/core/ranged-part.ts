/** One part of an object: what was asked for, what came of it, and what of that was consumed. Pure bookkeeping. */
import type { RangeReply, RangeRequest } from './ranged-source.ts';

export class RangedPart {
  readonly offset: number;
  #length: number;
  #received = 0;
  #consumed = 0;
  readonly #chunks: Buffer[] = [];

  constructor(offset: number, length: number) {
    this.offset = offset;
    this.#length = length;
  }

  get length(): number {
    return this.#length;
  }

  /** Bytes that memory is reserved for. */
  get reserved(): number {
    return this.#length - this.#consumed;
  }

  get isReceived(): boolean {
    return this.#received === this.#length;
  }

  get isConsumed(): boolean {
    return this.#consumed === this.#length;
  }

  /** What is still missing. */
  request(total: number | undefined): Pick<RangeRequest, 'offset' | 'length' | 'whole'> {
    const whole = this.#received === 0 && this.#length === total;
    return { offset: this.offset + this.#received, length: this.#length - this.#received, whole };
  }

  /** Whether the reply holds what is still missing, and nothing else. */
  fits(reply: RangeReply<unknown>): boolean {
    return reply.offset === this.offset + this.#received && reply.length === this.#length - this.#received;
  }

  /** The object ends at `end`; gives the bytes by which the part became shorter. */
  cutTo(end: number): number {
    const before = this.#length;
    this.#length = Math.max(0, Math.min(before, end - this.offset));
    return before - this.#length;
  }

  put(chunk: Buffer): void {
    this.#received += chunk.length;
    this.#chunks.push(chunk);
  }

  take(): Buffer | undefined {
    const chunk = this.#chunks.shift();
    this.#consumed += chunk?.length ?? 0;
    return chunk;
  }
}

/**
 * The length of the parts behind the first, which is under way: every round of `concurrency` requests is full, the
 * last one too. What one round holds is not split further, nor what is asked for one by one.
 */
export function evenPart(bytes: number, partSize: number, concurrency: number): number {
  const rounds = Math.ceil((partSize + bytes) / (partSize * concurrency));
  return rounds < 2 || concurrency === 1 ? partSize : Math.ceil(bytes / (rounds * concurrency - 1));
}
