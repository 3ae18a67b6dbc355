/** Ways to send bytes through a transform in the checks. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { fingerprint } from '../../support/bytes.ts';
import { closing, soon, watch } from '../watch.ts';
import type { Watched } from '../watch.ts';
import type { TransformPlace } from './place.ts';

export interface Opened {
  readonly transform: Transform;
  readonly watched: Watched;
}

/** A transform of the place, watched. */
export function open(place: TransformPlace, transform = place.transform()): Opened {
  return { transform, watched: watch(transform) };
}

/** Writes `chunks`, waits where it is told to, ends, and gives what came out by the time it closed. */
export async function send(place: TransformPlace, opened: Opened, chunks: Iterable<Uint8Array>): Promise<Buffer> {
  const { transform } = opened;
  const output: Buffer[] = [];
  transform.on('data', (chunk: Buffer) => output.push(chunk));
  for (const chunk of chunks) await write(place, opened, chunk);
  if (!transform.destroyed) transform.end();
  await closing(transform, place.patienceMs);
  return Buffer.concat(output);
}

/** Writes a chunk, and waits until more is wanted or it is over. */
export async function write(place: TransformPlace, { transform }: Opened, chunk: Uint8Array): Promise<void> {
  if (transform.destroyed || transform.write(chunk)) return;
  const clock = new AbortController();
  const moments = ['drain', 'close'].map((event) => once(transform, event, { signal: clock.signal }));
  const over = moments.map((moment) => moment.catch(() => undefined));
  await soon('drain', Promise.race(over), place.patienceMs);
  clock.abort();
  await Promise.all(over);
}

/** It gave what `input(size)` stands for: one `finish`, one `end`, then `close`. */
export async function assertGave(place: TransformPlace, opened: Opened, output: Buffer, size: number): Promise<void> {
  await assertEnded(place, opened);
  assert.equal(fingerprint(place.read(output)), fingerprint(place.expected(size)));
}

/** One `finish`, one `end`, then `close`. */
export async function assertEnded(place: TransformPlace, { transform, watched }: Opened): Promise<void> {
  await over(place, transform);
  assert.deepEqual(watched.events.toSorted(), ['close', 'end', 'finish']);
  assert.equal(watched.events.at(-1), 'close');
}

/**
 * It was destroyed: neither `end` nor `finish`; an `error` where it was given or found one. Resolves with that. One
 * that was ended, and has little to do, may have finished in the same turn, before anything destroyed it.
 */
export async function assertLeft(
  place: TransformPlace,
  { transform, watched }: Opened,
  { mayHaveFinished = false } = {},
): Promise<Error | undefined> {
  await over(place, transform);
  const [error] = watched.errors;
  const events = watched.events.filter((event) => !(mayHaveFinished && event === 'finish'));
  assert.deepEqual(events, error === undefined ? ['close'] : ['error', 'close']);
  return error;
}

async function over(place: TransformPlace, transform: Transform): Promise<void> {
  await closing(transform, place.patienceMs);
  // What comes too late, such as a second event, gets its chance.
  await turn();
  await turn();
  assert.equal(transform.destroyed, true);
}
