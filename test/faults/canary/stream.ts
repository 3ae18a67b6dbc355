/** A stream that is run to its end with everything that watches it watching. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import type { Duplex, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Settled } from '../../../src/core/settlement.ts';
import type { ConnectorError } from '../../../src/errors.ts';
import { QUICK } from '../../connectors/s3/support.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';

/** Makes a stream that runs. */
export type Make<O> = (options: O) => { readonly settled: Promise<Settled<unknown>> } & (Readable | Writable | Duplex);

/** Few tries, and not for long. */
const BRIEF = { retry: { ...QUICK, attempts: 2, elapsed: 100 }, timeout: 1_500 };

/** What the stream settles with; `signed` is what of a request must not be told either: whoever holds it may repeat that. */
export async function assertTellsNothing<O extends object>(
  make: Make<O>,
  options: O,
  signed: RegExp,
): Promise<ConnectorError | undefined> {
  let failure: ConnectorError | undefined;
  const { text, errors, spans, metrics, events } = await hearing(async (ear) => {
    const stream = ear.watch(make({ ...BRIEF, ...options }));
    if (stream instanceof Readable) stream.resume();
    await finished(stream).catch(ear.hear);
    failure = (await stream.settled).error;
    ear.hear(failure);
  });
  assert.deepEqual([errors >= 2, spans, metrics >= 3, events >= 2], [failure !== undefined, 1, true, true]);
  assertNoCanary(text);
  assert.doesNotMatch(text, signed);
  return failure;
}
