/** The other ends of the measured pipelines: a consumer that is much slower than the source, a source that never waits. */
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

const MIB = 1024 * 1024;
const BYTES_PER_MS = (16 * MIB) / 1_000;

/** Takes 16 MiB a second until `bytes` have come, and then leaves. */
export async function takeSlowly(source: Readable, bytes: number): Promise<number> {
  const started = performance.now();
  let taken = 0;
  for await (const chunk of source) {
    taken += (chunk as Buffer).length;
    if (taken >= bytes) break;
    await pause(Math.max(0, taken / BYTES_PER_MS - (performance.now() - started)));
  }
  return taken;
}

/** `bytes` as fast as they are taken, every chunk in memory of its own: what is held back shows. */
export function gush(bytes: number, line: string): Readable {
  const block = Buffer.from(line.repeat(Math.ceil((256 * 1024) / line.length)));
  let left = bytes;
  return new Readable({
    highWaterMark: block.length,
    read() {
      if (left <= 0) this.push(null);
      else this.push(Buffer.from(block));
      left -= block.length;
    },
  });
}

export function discard(): Writable {
  return new Writable({ write: (_chunk, _encoding, callback) => callback() });
}
