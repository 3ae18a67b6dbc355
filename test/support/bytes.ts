/** Position-dependent data, so that a repeated, skipped or swapped range shows, and what it is compared by. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';

/** CSV of `count` rows `<n>,row <n>` from `first` on. */
export function csvRows(count: number, first = 0): Buffer {
  let text = '';
  for (let n = first; n < first + count; n += 1) text += `${n},row ${n}\n`;
  return Buffer.from(text);
}

/** `bytes` as a source, cut into chunks of `size`. */
export function chunked(bytes: Buffer, size = 64 * 1024): Readable {
  return Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    })(),
    { objectMode: false },
  );
}

/** A source that gives `bytes` and then neither more nor an end, until it is destroyed. */
export function stalling(bytes: Buffer): Readable {
  let given = false;
  return new Readable({
    read() {
      if (!given && bytes.length > 0) this.push(bytes);
      given = true;
    },
  });
}

/** A source that gives `bytes` and then fails. */
export function failing(bytes: Buffer, error: Error): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given || bytes.length === 0) this.destroy(error);
      else this.push(bytes);
      given = true;
    },
  });
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The sink has taken all of `bytes`. */
export function written(sink: Writable, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Length and SHA-256. */
export function fingerprint(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
}
