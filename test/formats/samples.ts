/** Bytes for the tests of formats: every block differs from every other, so that a lost, repeated or moved one shows. */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { ConnectorError } from '../../src/errors.ts';

/** CSV-like text of about `bytes` bytes; each line holds its own number and something that hardly compresses. */
export function countedCsv(bytes: number): Buffer {
  let text = 'id,value,note\n';
  for (let row = 0; text.length < bytes; row += 1) {
    text += `${row},${Math.imul(row + 1, 0x9e3779b1) >>> 0},"note ${row % 97}, of row ${row}"\n`;
  }
  return Buffer.from(text);
}

/** Length and hash, so that a failed comparison prints two short lines instead of megabytes. */
export function fingerprint(bytes: Buffer): string {
  return `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** `bytes` in chunks of `size`. */
export function sliced(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** What became of `chunks` in `stream`. */
export interface Run {
  readonly output: Buffer;
  readonly ended: boolean;
  readonly error: ConnectorError | undefined;
}

/** Sends `chunks` through `stream`, and gives what came out and how it ended. Other errors than ours are thrown. */
export async function run(stream: Transform, chunks: readonly Buffer[]): Promise<Run> {
  const output: Buffer[] = [];
  let ended = false;
  stream.on('data', (chunk: Buffer) => output.push(chunk));
  stream.on('end', () => (ended = true));
  const error = await new Promise<unknown>((resolve) => {
    stream.on('close', () => resolve(undefined));
    stream.on('error', resolve);
    Readable.from(chunks, { objectMode: false }).pipe(stream);
  });
  if (error !== undefined && !(error instanceof ConnectorError)) throw error as Error;
  return { output: Buffer.concat(output), ended, error };
}

/** A generator of numbers in [0, 1) that a seed replays (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
