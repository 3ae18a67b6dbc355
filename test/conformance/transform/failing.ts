/** A transform whose input is wrong. */
import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { ConnectorError } from '../../../src/errors.ts';
import { cut } from '../sample.ts';
import { rejectionOf } from '../watch.ts';
import { assertLeft, open, send } from './feeding.ts';
import type { BadInput, TransformCheck, TransformPlace } from './place.ts';

const PIECES = [1, 7, 100_000];

/** For transforms that refuse anything at all. */
export const failingChecks: readonly TransformCheck[] = [
  {
    promise: 'refuses bad input by the code it is known for, once, whatever pieces it comes in',
    async verify(place) {
      for (const bad of place.bad) {
        for (const size of PIECES) {
          const error = await refusalOf(place, bad, size);
          assert.ok(error instanceof ConnectorError, `${bad.what} in pieces of ${size}: ${inspect(error)}`);
          assert.deepEqual([error.code, error.retryable], [bad.code, false], `${bad.what} in pieces of ${size}`);
        }
      }
    },
  },
  {
    promise: 'repeats nothing of its input in an error',
    async verify(place) {
      for (const bad of place.bad) {
        const error = await refusalOf(place, bad, PIECES[1] ?? 1);
        const said = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
        assert.ok(bad.secret === undefined || !said.includes(bad.secret), bad.what);
        assert.doesNotMatch(said, /<Buffer|Uint8Array/, bad.what);
      }
    },
  },
  {
    promise: 'lets no sink of a pipeline finish on bad input',
    async verify(place) {
      for (const bad of place.bad) {
        const opened = open(place, bad.make?.() ?? place.transform());
        const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
        const piped = pipeline(Readable.from(cut(bad.input, 1_000)), opened.transform, sink);
        const error = await rejectionOf(bad.what, piped, place.patienceMs);
        assert.equal(error, opened.watched.errors[0], 'it emitted another error');
        assert.deepEqual([sink.destroyed, sink.writableFinished], [true, false], bad.what);
        await assertLeft(place, opened);
      }
    },
  },
];

async function refusalOf(place: TransformPlace, { make, input }: BadInput, size: number): Promise<Error | undefined> {
  const opened = open(place, make?.() ?? place.transform());
  await send(place, opened, cut(input, size));
  return assertLeft(place, opened);
}
