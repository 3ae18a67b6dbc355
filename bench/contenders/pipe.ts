/** The end of a pipeline that only counts. */
import { Readable, Writable } from 'node:stream';

export interface Drain extends Writable {
  readonly bytes: number;
}

export function drain(): Drain {
  let bytes = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  return Object.defineProperty(sink, 'bytes', { get: () => bytes }) as Drain;
}

/** `bytes` in pieces of 64 KiB and then nothing more, not even an end; `onSilence` a fifth of a second later. */
export function silentAfter(bytes: number, onSilence: () => void): Readable {
  let left = bytes;
  return new Readable({
    read() {
      const size = Math.min(left, 64 * 1024);
      left -= size;
      if (size > 0) this.push(Buffer.alloc(size));
      else setTimeout(onSilence, 200);
    },
  });
}

/** What a contender's script was given. */
export function args(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}

/** What a contender says at its end: one line of JSON. */
export function report(result: {
  readonly bytes?: number;
  readonly rows?: number;
  readonly objects?: number;
  readonly ids?: number;
  readonly ended?: number;
}): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
