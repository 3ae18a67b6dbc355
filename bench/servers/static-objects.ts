/** The objects of the static server: files, held in memory from their first use, and made-up ones of any size. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface StaticObject {
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** The bytes from `start` to `end` (exclusive), in pieces that are not copies. */
  bytes(start: number, end: number): Iterable<Buffer>;
}

/** Odd, so that equal offsets of neighbouring parts never hold the same bytes. */
const PERIOD = 16 * 1024 * 1024 - 3;
let pattern: Buffer | undefined;

/** `size` bytes that depend on their position; the same at every start. */
export function syntheticObject(size: number): StaticObject {
  return {
    size,
    etag: etagOf(`synthetic ${size}`),
    modified: new Date('2026-11-20T10:00:00Z'),
    *bytes(start, end) {
      pattern ??= makePattern();
      for (let at = start; at < end;) {
        const from = at % PERIOD;
        const piece = pattern.subarray(from, Math.min(PERIOD, from + end - at));
        yield piece;
        at += piece.length;
      }
    },
  };
}

/** Every file below `directory`, by its path relative to it. */
export function fileObjects(directory: string): Map<string, StaticObject> {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(directory, name)).isFile());
  return new Map(files.map((name) => [name, fileObject(join(directory, name))]));
}

/** `key=bytes` as keys and sizes. */
export function keysAndSizes(specs: readonly string[]): [string, number][] {
  return specs.map((spec) => {
    const at = spec.lastIndexOf('=');
    return [spec.slice(0, at), Number(spec.slice(at + 1))];
  });
}

function fileObject(path: string): StaticObject {
  const { size, mtime, mtimeMs } = statSync(path);
  let content: Buffer | undefined;
  return {
    size,
    etag: etagOf(`${path} ${size} ${mtimeMs}`),
    modified: mtime,
    bytes: (start, end) => [(content ??= readWhole(path)).subarray(start, end)],
  };
}

/** `readFileSync` stops at 2 GiB. */
function readWhole(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(fstatSync(file).size);
    let at = 0;
    while (at < bytes.length) {
      const length = Math.min(bytes.length - at, 512 * 1024 * 1024);
      const taken = readSync(file, bytes, at, length, at);
      if (taken === 0) throw new Error(`${path} has become shorter`);
      at += taken;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function makePattern(): Buffer {
  const bytes = Buffer.allocUnsafe(PERIOD + 8);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    bytes.writeUInt32LE(at / 8, at);
    bytes.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at + 4);
  }
  return bytes.subarray(0, PERIOD);
}

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}
