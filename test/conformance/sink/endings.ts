/** The ways in which a sink may be over, and what must then be true of it and of its destination. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Sink } from '../../../src/core/sink.ts';
import type { Settled } from '../../../src/core/settlement.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { fingerprint } from '../../support/bytes.ts';
import { closing, soon } from '../watch.ts';
import type { SinkPlace } from './place.ts';
import type { Opened } from './writing.ts';

type Over = Settled<unknown>;

/** It took everything: `finish`, then `close`, once each; done, and stored. */
export async function assertFinished(place: SinkPlace, { sink, watched }: Opened, bytes: Buffer): Promise<Over> {
  const settled = await over(place, sink);
  assert.deepEqual(watched.events, ['finish', 'close']);
  const { outcome, cleanup, error, result, leftover } = settled;
  assert.deepEqual({ outcome, cleanup, leftover }, { outcome: 'done', cleanup: 'confirmed', leftover: undefined });
  assert.equal(error, undefined);
  assert.ok(result !== undefined, 'done without a result');
  assert.equal(result, sink.result, '`settled` has another result than the stream');
  // Those of objects are the encoding's.
  if (!sink.writableObjectMode) assert.equal(sink.progress.bytes, bytes.length);
  await assertStored(place, bytes);
  return settled;
}

/** It failed: one `error`, then `close`; not done, and nothing stored. Resolves with the error of `settled`. */
export async function assertFailed(place: SinkPlace, { sink, watched }: Opened): Promise<ConnectorError> {
  const settled = await over(place, sink);
  assert.deepEqual(watched.events, ['error', 'close']);
  const error = await notDone(place, sink, settled);
  const [emitted] = watched.errors;
  if (emitted instanceof ConnectorError) assert.equal(emitted.code, error.code, '`settled` has another error');
  return error;
}

/** It failed, and cannot rule out that what it sent still takes effect; what may remain was named, and is removed. */
export async function assertFailedOrUnknown(place: SinkPlace, opened: Opened): Promise<void> {
  const { sink, watched } = opened;
  const { outcome, cleanup, error, leftover } = await over(place, sink);
  if (outcome === 'not-done') {
    await assertFailed(place, opened);
    return;
  }
  assert.deepEqual(watched.events, ['error', 'close']);
  assert.deepEqual({ outcome, result: sink.result }, { outcome: 'unknown', result: undefined });
  assert.ok(error instanceof ConnectorError && !error.retryable, 'unknown, and retryable');
  assert.equal(cleanup === 'unconfirmed', leftover !== undefined, 'unconfirmed, and nobody is told what may remain');
  await assertNothingStored(place);
  await place.removeLeftover(leftover);
}

/** It was destroyed without an error: `close` alone; not done, and nothing stored. */
export async function assertLeft(place: SinkPlace, { sink, watched }: Opened): Promise<void> {
  const settled = await over(place, sink);
  assert.deepEqual(watched.events, ['close']);
  const { code, name } = await notDone(place, sink, settled);
  assert.deepEqual({ code, name }, { code: 'ABORTED', name: 'AbortError' });
}

/** However it ended, it says what is true of its destination. */
export async function assertTruthful(place: SinkPlace, { sink, watched }: Opened, bytes: Buffer): Promise<Over> {
  const settled = await over(place, sink);
  assert.equal(watched.events.at(-1), 'close');
  for (const event of ['finish', 'error', 'close']) {
    assert.ok(watched.events.filter((seen) => seen === event).length <= 1, `${event} twice`);
  }
  if (settled.outcome === 'done') await assertStored(place, bytes);
  else await notDone(place, sink, settled);
  return settled;
}

export async function assertStored(place: SinkPlace, bytes: Buffer): Promise<void> {
  assert.equal(fingerprint((await place.stored()) ?? Buffer.from('nothing is there')), fingerprint(bytes));
}

export async function assertNothingStored(place: SinkPlace): Promise<void> {
  const { length = 0 } = (await place.stored()) ?? {};
  assert.equal(length, 0, 'something can be seen at the destination');
}

async function over(place: SinkPlace, sink: Sink<unknown>): Promise<Over> {
  await closing(sink, place.patienceMs);
  const settled = await soon('settled', sink.settled, place.patienceMs);
  // What comes too late, such as a second event, gets its chance.
  await turn();
  await turn();
  assert.equal(sink.destroyed, true);
  return settled;
}

async function notDone(place: SinkPlace, sink: Sink<unknown>, settled: Over): Promise<ConnectorError> {
  const { outcome, cleanup, error, result, leftover } = settled;
  assert.deepEqual({ outcome, result }, { outcome: 'not-done', result: undefined });
  assert.equal(sink.result, undefined, 'a result without a finish');
  assert.ok(error instanceof ConnectorError, 'not done without an error of ours');
  if (cleanup === 'unconfirmed') assert.ok(leftover !== undefined, 'unconfirmed, and nobody is told what may remain');
  else assert.equal(leftover, undefined);
  await assertNothingStored(place);
  return error;
}
