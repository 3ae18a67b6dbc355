/** A source that breaks, or whose neighbour does. */
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { ConnectorError } from '../../../src/errors.ts';
import { sample } from '../sample.ts';
import { rejectionOf } from '../watch.ts';
import { assertFailed } from './endings.ts';
import { wireOf } from './place.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { bytesOf, firstChunk, open } from './reading.ts';
import type { Opened } from './reading.ts';

export const failingChecks: readonly SourceCheck[] = [
  {
    promise: 'fails once, and never ends, when its connection breaks for good',
    onTheWire: true,
    async verify(place) {
      const { source, watched } = await opening(place);
      const done = rejectionOf('finished', finished(source), place.patienceMs);
      wireOf(place).cut();
      source.resume();
      const error = await assertFailed(source, watched, place.patienceMs);
      assert.ok(watched.errors[0] instanceof ConnectorError);
      assert.equal(await done, watched.errors[0], '`finished` gave another error');
      assert.equal(error.outcome, 'not-done');
      for (const told of [error.connector, error.operation, error.stage]) assert.equal(typeof told, 'string');
    },
  },
  {
    promise: 'throws its failure out of a `for await`',
    onTheWire: true,
    async verify(place) {
      await place.put(sample(place.manyBytes));
      const { source, watched } = open(place);
      const loop = async (): Promise<void> => {
        for await (const chunk of source) if (bytesOf(chunk).length > 0) wireOf(place).cut();
      };
      const thrown = await rejectionOf('the loop', loop(), place.patienceMs);
      await assertFailed(source, watched, place.patienceMs);
      assert.equal(thrown, watched.errors[0]);
    },
  },
  {
    promise: 'rejects its pipeline with its failure, and its neighbour does not finish',
    onTheWire: true,
    async verify(place) {
      await place.put(sample(place.manyBytes));
      const { source, watched } = open(place);
      let finishes = 0;
      const sink = new Writable({
        objectMode: true,
        write(_chunk, _encoding, done) {
          wireOf(place).cut();
          done();
        },
        final(done) {
          finishes += 1;
          done();
        },
      });
      const error = await rejectionOf('the pipeline', pipeline(source, sink), place.patienceMs);
      await assertFailed(source, watched, place.patienceMs);
      assert.equal(error, watched.errors[0]);
      assert.deepEqual({ finishes, destroyed: sink.destroyed }, { finishes: 0, destroyed: true });
    },
  },
  {
    promise: 'is ended by the failure of its neighbour, which comes out of the pipeline unchanged',
    async verify(place) {
      await place.put(sample(place.someBytes));
      const { source, watched } = open(place);
      const broken = new Error('the sink broke');
      const sink = new Writable({ objectMode: true, write: (_chunk, _encoding, done) => done(broken) });
      assert.equal(await rejectionOf('the pipeline', pipeline(source, sink), place.patienceMs), broken);
      const { code, cause } = await assertFailed(source, watched, place.patienceMs);
      assert.deepEqual([code, cause === broken], ['PIPELINE_FAILED', true]);
    },
  },
  {
    promise: 'is ended by a neighbour that closes too early',
    async verify(place) {
      await place.put(sample(place.someBytes));
      const { source, watched } = open(place);
      const sink: Writable = new Writable({ objectMode: true, write: () => void sink.destroy() });
      const error = await rejectionOf('the pipeline', pipeline(source, sink), place.patienceMs);
      assert.equal((error as NodeJS.ErrnoException).code, 'ERR_STREAM_PREMATURE_CLOSE');
      await assertFailed(source, watched, place.patienceMs);
    },
  },
];

async function opening(place: SourcePlace): Promise<Opened> {
  await place.put(sample(place.manyBytes));
  const opened = open(place);
  await firstChunk(opened.source, place.patienceMs);
  return opened;
}
