/** Ways to read a source in the checks. */
import { once } from 'node:events';
import type { Source } from '../../../src/core/source.ts';
import { soon, watch } from '../watch.ts';
import type { Watched } from '../watch.ts';
import type { SourceOptions, SourcePlace } from './place.ts';

export interface Opened {
  readonly source: Source<unknown>;
  readonly watched: Watched;
}

/** A source of the place, watched. */
export function open(place: SourcePlace, options?: SourceOptions): Opened {
  const source = place.source(options);
  return { source, watched: watch(source) };
}

/** The bytes that a chunk carries: its own, or of a row, of what one line became, those of the line. */
export function bytesOf(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
  const { line } = chunk as { readonly line: string };
  return Buffer.from(`${line}\n`);
}

/** Reads all of it as it comes. What it does after an error is not waited for. */
export async function drain(source: Source<unknown>, ms: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  source.on('data', (chunk) => chunks.push(bytesOf(chunk)));
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'close']) source.once(event, () => resolve());
  });
  source.resume();
  await soon('end', over, ms);
  return Buffer.concat(chunks);
}

/** The first chunk; then the source is paused. */
export async function firstChunk(source: Source<unknown>, ms: number): Promise<Buffer> {
  const data = once(source, 'data').then(([chunk]) => {
    source.pause();
    return bytesOf(chunk);
  });
  return soon('the first chunk', data, ms);
}
