/** A sink whose upstream or connection breaks. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { ConnectorError } from '../../../src/errors.ts';
import { failing } from '../../support/bytes.ts';
import { cut, sample } from '../sample.ts';
import { rejectionOf } from '../watch.ts';
import { assertFailed } from './endings.ts';
import { wireOf } from './place.ts';
import type { SinkCheck, SinkPlace } from './place.ts';
import { open, writeOne } from './writing.ts';

/** A clean-up over a wire that is cut tries in vain. */
const CLEANUP_MS = 500;

export const failingChecks: readonly SinkCheck[] = [
  {
    promise: 'stores nothing when its upstream fails before the first byte, whose error passes unchanged',
    verify: (place) => assertUpstream(place, 0),
  },
  {
    promise: 'stores nothing when its upstream fails after the first bytes, whose error passes unchanged',
    verify: (place) => assertUpstream(place, 100),
  },
  {
    promise: 'stores nothing when its upstream fails in the middle, whose error passes unchanged',
    verify: (place) => assertUpstream(place, place.someBytes),
  },
  {
    promise: 'stores nothing when its upstream closes without an end',
    async verify(place) {
      const opened = open(place);
      let reads = 0;
      const source: Readable = new Readable({
        read() {
          if ((reads += 1) > 3) source.destroy();
          else source.push(sample(50_000));
        },
      });
      const error = await rejectionOf('the pipeline', pipeline(source, opened.sink), place.patienceMs);
      assert.equal((error as NodeJS.ErrnoException).code, 'ERR_STREAM_PREMATURE_CLOSE');
      await assertFailed(place, opened);
    },
  },
  {
    promise: 'stores nothing when a generator that feeds it throws',
    async verify(place) {
      const opened = open(place);
      const thrown = new Error('the generator broke');
      const source = function* (): Generator<Buffer> {
        yield sample(1_000);
        throw thrown;
      };
      assert.equal(await rejectionOf('the pipeline', pipeline(source, opened.sink), place.patienceMs), thrown);
      assert.equal((await assertFailed(place, opened)).code, 'PIPELINE_FAILED');
    },
  },
  {
    promise: 'fails once, and never finishes, when its connection breaks for good',
    onTheWire: true,
    async verify(place) {
      const opened = open(place, { cleanupTimeout: CLEANUP_MS });
      const { sink, watched } = opened;
      const done = rejectionOf('finished', finished(sink), place.patienceMs);
      for (const chunk of cut(sample(place.someBytes), 16_000)) await writeOne(place, opened, chunk);
      wireOf(place).cut();
      sink.end();
      const error = await assertFailed(place, opened);
      assert.ok(watched.errors[0] instanceof ConnectorError);
      assert.equal(await done, watched.errors[0], '`finished` gave another error');
      for (const told of [error.connector, error.operation, error.stage]) assert.equal(typeof told, 'string');
      wireOf(place).heal();
      await place.removeLeftover((await sink.settled).leftover);
    },
  },
  {
    promise: 'rejects its pipeline with its failure, and its upstream is destroyed',
    onTheWire: true,
    async verify(place) {
      const opened = open(place, { cleanupTimeout: CLEANUP_MS });
      const { sink, watched } = opened;
      const { someBytes } = place;
      let given = 0;
      const source: Readable = new Readable({
        read() {
          given += 16_000;
          if (given > someBytes) wireOf(place).cut();
          setImmediate(() => source.push(given > 2 * someBytes ? null : sample(16_000)));
        },
      });
      const error = await rejectionOf('the pipeline', pipeline(source, sink), place.patienceMs);
      await assertFailed(place, opened);
      assert.equal(error, watched.errors[0]);
      assert.equal(source.destroyed, true);
      wireOf(place).heal();
      await place.removeLeftover((await sink.settled).leftover);
    },
  },
];

async function assertUpstream(place: SinkPlace, bytes: number): Promise<void> {
  const opened = open(place);
  const broken = new Error('the source broke');
  const piped = pipeline(failing(sample(bytes), broken), opened.sink);
  assert.equal(await rejectionOf('the pipeline', piped, place.patienceMs), broken);
  const { code, cause } = await assertFailed(place, opened);
  assert.deepEqual([code, cause === broken], ['PIPELINE_FAILED', true]);
}
