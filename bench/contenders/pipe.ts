/** The end of a pipeline that only counts. */
import { Writable } from 'node:stream';

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
}): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
