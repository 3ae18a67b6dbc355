/** The three ways in which a source may be over, and what must then be true of it. */
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Source } from '../../../src/core/source.ts';
import type { Settled } from '../../../src/core/settlement.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { closing, soon } from '../watch.ts';
import type { Watched } from '../watch.ts';

type Over = Settled<unknown>;

/** It gave everything: `end`, then `close`, once each; done. */
export async function assertEnded(source: Source<unknown>, watched: Watched, ms: number): Promise<Over> {
  const settled = await over(source, ms);
  assert.deepEqual(watched.events, ['end', 'close']);
  const { outcome, cleanup, error, result, leftover } = settled;
  assert.deepEqual({ outcome, cleanup, leftover }, { outcome: 'done', cleanup: 'confirmed', leftover: undefined });
  assert.equal(error, undefined);
  assert.ok(result !== undefined, 'done without a result');
  assert.equal(result, source.result, '`settled` has another result than the stream');
  return settled;
}

/** It failed: one `error`, then `close`; not done. Resolves with the error of `settled`. */
export async function assertFailed(source: Source<unknown>, watched: Watched, ms: number): Promise<ConnectorError> {
  const settled = await over(source, ms);
  assert.deepEqual(watched.events, ['error', 'close']);
  const error = notDone(source, settled);
  const [emitted] = watched.errors;
  if (emitted instanceof ConnectorError) assert.equal(emitted.code, error.code, '`settled` has another error');
  return error;
}

/** It was destroyed without an error: `close` alone; not done. */
export async function assertLeft(source: Source<unknown>, watched: Watched, ms: number): Promise<void> {
  const settled = await over(source, ms);
  assert.deepEqual(watched.events, ['close']);
  const { code, name } = notDone(source, settled);
  assert.deepEqual({ code, name }, { code: 'ABORTED', name: 'AbortError' });
}

/** It was left by Node's own doing (an iterator, an operator), which may say so by an AbortError. */
export async function assertLeftByNode(source: Source<unknown>, watched: Watched, ms: number): Promise<void> {
  const settled = await over(source, ms);
  const [error, ...others] = watched.errors;
  assert.deepEqual(watched.events, error === undefined ? ['close'] : ['error', 'close']);
  assert.deepEqual([error?.name ?? 'AbortError', others], ['AbortError', []]);
  assert.equal(notDone(source, settled).code, 'ABORTED');
}

async function over(source: Source<unknown>, ms: number): Promise<Over> {
  await closing(source, ms);
  const settled = await soon('settled', source.settled, ms);
  // What comes too late, such as a second event, gets its chance.
  await turn();
  await turn();
  assert.equal(source.destroyed, true);
  return settled;
}

function notDone(source: Source<unknown>, settled: Over): ConnectorError {
  const { outcome, cleanup, error, result, leftover } = settled;
  assert.deepEqual({ outcome, result }, { outcome: 'not-done', result: undefined });
  assert.equal(source.result, undefined, 'a result without an end');
  assert.ok(error instanceof ConnectorError, 'not done without an error of ours');
  if (cleanup === 'unconfirmed') assert.ok(leftover !== undefined, 'unconfirmed, and nobody is told what may remain');
  else assert.equal(leftover, undefined);
  return error;
}
