/** A reply before it is sent: plain data, so that faults can change it. */

/** Header names are lower-case; the body is a list of slices of what is stored, never copied. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: readonly Buffer[];
  /** Announced instead of the body's own length: the answer to HEAD. */
  readonly contentLength?: number;
}

export const emptyReply = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  body: [],
});

/** Bytes in a list of buffers. */
export function byteLength(chunks: readonly Uint8Array[]): number {
  let total = 0;
  for (const chunk of chunks) total += chunk.length;
  return total;
}

/** The slices that make up bytes `start` (inclusive) to `end` (exclusive). */
export function sliceChunks(chunks: readonly Buffer[], start: number, end: number): Buffer[] {
  const slices: Buffer[] = [];
  let offset = 0;
  for (const chunk of chunks) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset, chunk.length);
    if (from < to) slices.push(chunk.subarray(from, to));
    offset += chunk.length;
    if (offset >= end) break;
  }
  return slices;
}
