/** Brotli (RFC 7932): one stream, no magic number, no checksum; the engine alone knows where it ends. */

import { createBrotliDecompress } from 'node:zlib';
import { trailingData, truncated } from './compression-errors.ts';
import type { Engine, Framing, Step } from './framing.ts';

/** One brotli stream, and nothing after it. */
export class BrotliFraming implements Framing {
  readonly operation: string;
  readonly openEngine = (chunkSize: number): Engine => createBrotliDecompress({ chunkSize });
  #isEmpty = true;
  #ended = false;

  constructor(operation: string) {
    this.operation = operation;
  }

  scan(input: Buffer): Step {
    if (this.#ended) throw trailingData(this.operation);
    this.#isEmpty = false;
    return { taken: 0, body: input.length };
  }

  bodyEnded(): void {
    this.#ended = true;
  }

  output(): void {
    // The format has no checksum.
  }

  end(): void {
    // In the middle of a stream the engine itself refuses to end.
    if (this.#isEmpty) throw truncated(this.operation);
  }
}
