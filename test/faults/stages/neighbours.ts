/** The other end of the pipeline of a case: what feeds a sink, what takes the bytes of a source. */
import { Writable } from 'node:stream';
import { BOOM } from './strike.ts';

/** Keeps every chunk, and takes the next one when `ready` says so. */
export function consumer(received: Buffer[], ready: () => Promise<void>): Writable {
  return new Writable({
    ...{ highWaterMark: 1, objectMode: true },
    write(chunk: unknown, _encoding, callback) {
      received.push(Buffer.isBuffer(chunk) ? chunk : lineOf(chunk));
      ready().then(() => callback(), callback);
    },
  });
}

/** A row as a line of CSV. */
function lineOf(row: unknown): Buffer {
  return Buffer.from(`${Object.values(row as object).join(',')}\n`);
}

export const fail = (): Promise<never> => Promise.reject(BOOM);

/** Some bytes, and then what `next` does, before the end. */
export async function* interrupted(bytes: Buffer, next: () => Promise<void>): AsyncGenerator<Buffer> {
  yield bytes;
  await next();
}

export async function* endless(bytes: Buffer): AsyncGenerator<Buffer> {
  for (;;) yield await Promise.resolve(bytes);
}
