/** What a stream says of itself, in order, and waiting that ends in a refusal. */
import assert from 'node:assert/strict';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Watched {
  /** `end`, `finish`, `error` and `close`, as they came. */
  readonly events: readonly string[];
  readonly errors: readonly Error[];
}

/** Listens from now on; an error is thereby handled. */
export function watch(stream: Readable | Writable): Watched {
  const events: string[] = [];
  const errors: Error[] = [];
  for (const event of ['end', 'finish', 'close']) stream.on(event, () => events.push(event));
  stream.on('error', (error: Error) => {
    events.push('error');
    errors.push(error);
  });
  return { events, errors };
}

/** `work`, or a refusal when it takes longer than `ms`. */
export async function soon<T>(what: string, work: Promise<T>, ms: number): Promise<T> {
  const clock = new AbortController();
  const late = Symbol('late');
  const expiry = sleep(ms, late, { signal: clock.signal }).catch(() => late);
  try {
    const first = await Promise.race([work, expiry]);
    if (first === late) assert.fail(`${what}: not within ${ms} ms`);
    return first as T;
  } finally {
    clock.abort();
  }
}

/** The rejection of `work`, which must come within `ms`. */
export async function rejectionOf(what: string, work: Promise<unknown>, ms: number): Promise<Error> {
  const failure = work.then(
    () => undefined,
    (error: unknown) => error,
  );
  const error = await soon(what, failure, ms);
  assert.ok(error instanceof Error, `${what}: it succeeded`);
  return error;
}

/** Resolves when the stream has closed, be it long ago. */
export async function closing(stream: Readable | Writable, ms: number): Promise<void> {
  if (!stream.closed) await soon('close', new Promise((resolve) => stream.once('close', resolve)), ms);
}

/** What `measure` gives once it has not changed for `ms`: what goes on unasked has had its time. */
export async function quiet(measure: () => number, ms = 60): Promise<number> {
  let last = measure();
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    await sleep(ms);
    const now = measure();
    if (now === last) return now;
    last = now;
  }
  assert.fail(`still changing after ${MOST_ROUNDS} x ${ms} ms: ${last}`);
}

const MOST_ROUNDS = 100;
