/** The other ends of the measured pipelines: a consumer that is much slower than the source, a source that never waits. */
import { Readable, Writable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';

const MIB = 1024 * 1024;
const LOOK_MS = 100;
const QUIET_LOOKS = 5;
const MOST_LOOKS = 100;

/** Stops after the first chunk until no more is taken in, then goes on until `bytes` have come, stops again, and leaves. */
export async function takeSlowly(source: Readable, bytes: number): Promise<number> {
  let taken = 0;
  for await (const chunk of source) {
    const first = taken === 0;
    taken += (chunk as Buffer).length;
    if (first || taken >= bytes) await quiet();
    if (taken >= bytes) break;
  }
  return taken;
}

/** Resolves when the process has not grown for half a second, however slow the machine is. */
export async function quiet(): Promise<void> {
  let last = process.memoryUsage.rss();
  for (let look = 0, still = 0; still < QUIET_LOOKS && look < MOST_LOOKS; look += 1) {
    await pause(LOOK_MS);
    const now = process.memoryUsage.rss();
    still = now - last < MIB ? still + 1 : 0;
    last = now;
  }
}

/** `bytes` as fast as they are taken, every chunk in memory of its own: what is held back shows. */
export function gush(bytes: number, line: string | Buffer): Readable {
  const block = Buffer.concat(Array.from({ length: Math.ceil((256 * 1024) / line.length) }, () => Buffer.from(line)));
  const size = Math.min(block.length, MIB / 2);
  let left = bytes;
  let at = 0;
  return new Readable({
    highWaterMark: size,
    read() {
      if (left <= 0) this.push(null);
      else this.push(Buffer.from(block.subarray(at, at + size)));
      left -= size;
      at = at + size < block.length ? at + size : 0;
    },
  });
}

/** Rows of one text of `width` bytes as fast as they are taken, every text in memory of its own. */
export function gushRows(width: number, count = Infinity): Readable {
  let left = count;
  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      this.push(left > 0 ? { v: Buffer.alloc(width, 'x').toString('latin1') } : null);
      left -= 1;
    },
  });
}

export function discard({ objectMode = false } = {}): Writable {
  return new Writable({ objectMode, write: (_chunk, _encoding, callback) => callback() });
}
