/** Ways to write to a sink in the checks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Sink } from '../../../src/core/sink.ts';
import { cut } from '../sample.ts';
import { closing, soon, watch } from '../watch.ts';
import type { Watched } from '../watch.ts';
import type { SinkOptions, SinkPlace } from './place.ts';

const CHUNK = 16 * 1024;

export interface Opened {
  readonly sink: Sink<unknown>;
  readonly watched: Watched;
}

/** A sink of the place, watched. */
export function open(place: SinkPlace, options?: SinkOptions): Opened {
  const sink = place.sink(options);
  return { sink, watched: watch(sink) };
}

/** `bytes` as a source. */
export function chunksOf(bytes: Buffer, size = CHUNK): Readable {
  return Readable.from(cut(bytes, size), { objectMode: false });
}

/** Writes all of it, waits for `drain` where it is told to, ends, and waits for the close. */
export async function fill(place: SinkPlace, { sink }: Opened, chunks: readonly Buffer[]): Promise<void> {
  for (const chunk of chunks) {
    if (!sink.write(chunk)) await soon('drain', once(sink, 'drain'), place.patienceMs);
  }
  sink.end();
  await closing(sink, place.patienceMs);
}

/** Writes a chunk and waits until it was taken. */
export async function writeOne(place: SinkPlace, { sink }: Opened, chunk: Buffer): Promise<void> {
  const taken = new Promise<unknown>((resolve) => sink.write(chunk, resolve));
  assert.equal((await soon('the first chunk', taken, place.patienceMs)) ?? undefined, undefined);
}
