/** The other end of the pipeline of a case: what feeds a sink, what takes the bytes of a source. */
import { Writable } from 'node:stream';
import { BOOM } from './strike.ts';

/** Keeps every chunk, and takes the next one when `ready` says so. */
export function consumer(received: Buffer[], ready: () => Promise<void>): Writable {
  return new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, callback) {
      received.push(chunk);
      ready().then(() => callback(), callback);
    },
  });
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
