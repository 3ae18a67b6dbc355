/** A transform that is destroyed before its end, by itself or with the streams around it. */
import assert from 'node:assert/strict';
import { Readable, Writable, addAbortSignal } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { failing } from '../../support/bytes.ts';
import { assertNoListeners } from '../../support/leaks.ts';
import { cut } from '../sample.ts';
import { quiet, rejectionOf, soon } from '../watch.ts';
import { assertLeft, open } from './feeding.ts';
import type { Opened } from './feeding.ts';
import type { TransformCheck, TransformPlace } from './place.ts';

const CHUNK = 16 * 1024;
const FEW = 2_000;

/** Up to the moment at which the transform is then destroyed, in the same turn. */
type Reach = (opened: Opened, place: TransformPlace) => Promise<unknown>;

const MOMENTS: readonly (readonly [when: string, reach: Reach])[] = [
  ['before its first byte', () => Promise.resolve()],
  ['in the turn of its first chunk', ({ transform }, place) => Promise.resolve(transform.write(place.input(FEW)))],
  ['while it makes its writer wait', reachFull],
  [
    'in the turn of its end',
    async ({ transform }, place) => {
      transform.write(place.input(FEW));
      await turn();
      transform.end();
    },
  ],
];

export const leavingChecks: readonly TransformCheck[] = [
  ...MOMENTS.map(([when, reach]): TransformCheck => ({
    promise: `closes, with its error or without one, when it is destroyed ${when}`,
    async verify(place) {
      for (const error of [undefined, new Error('somebody else broke')]) {
        const opened = open(place);
        await reach(opened, place);
        let late = 0;
        opened.transform.once('close', () => opened.transform.on('data', () => (late += 1)));
        opened.transform.destroy(error);
        const emitted = await assertLeft(place, opened, { mayHaveFinished: opened.transform.writableEnded });
        assert.equal(emitted, error);
        await quiet(() => late, 5);
        assert.equal(late, 0, 'data after it closed');
      }
    },
  })),
  {
    promise: "passes on its source's error in a pipeline, and lets its sink end nothing",
    async verify(place) {
      const opened = open(place);
      const error = new Error('the source broke');
      const sink = swallowing();
      const piped = pipeline(failing(place.input(FEW), error), opened.transform, sink);
      assert.equal(await rejectionOf('the pipeline', piped, place.patienceMs), error);
      await assertLeft(place, opened);
      assert.deepEqual([sink.destroyed, sink.writableFinished], [true, false]);
    },
  },
  {
    promise: "ends its source when a pipeline's sink breaks",
    async verify(place) {
      const opened = open(place);
      const error = new Error('the sink broke');
      const source = Readable.from(cut(place.input(place.manyBytes), CHUNK), { objectMode: false });
      const sink = new Writable({ write: (_chunk, _encoding, done) => done(error) });
      const piped = pipeline(source, opened.transform, sink);
      assert.equal(await rejectionOf('the pipeline', piped, place.patienceMs), error);
      await assertLeft(place, opened);
      assert.equal(source.destroyed, true);
    },
  },
  {
    promise: "is ended by a pipeline's signal, and leaves nothing on it",
    async verify(place) {
      const opened = open(place);
      const user = new AbortController();
      const source = Readable.from(cut(place.input(place.manyBytes), CHUNK), { objectMode: false });
      const stuck = new Writable({ write: () => user.abort() });
      const piped = pipeline(source, opened.transform, stuck, { signal: user.signal });
      assert.equal((await rejectionOf('the pipeline', piped, place.patienceMs)).name, 'AbortError');
      await assertLeft(place, opened);
      assertNoListeners(user.signal);
    },
  },
  {
    promise: 'is ended by a signal that was added to it, and leaves nothing on it',
    async verify(place) {
      const user = new AbortController();
      const opened = open(place, addAbortSignal(user.signal, place.transform()));
      await reachFull(opened, place);
      user.abort();
      assert.equal((await assertLeft(place, opened))?.name, 'AbortError');
      assertNoListeners(user.signal);
    },
  },
  {
    promise: 'is left by an iterator that breaks off',
    async verify(place) {
      const opened = open(place);
      const source = Readable.from(cut(place.input(place.manyBytes), CHUNK), { objectMode: false });
      source.pipe(opened.transform);
      const iterating = (async () => {
        for await (const chunk of opened.transform) return chunk as Buffer;
        return undefined;
      })();
      assert.ok(Buffer.isBuffer(await soon('the first chunk', iterating, place.patienceMs)));
      source.unpipe(opened.transform).destroy();
      assert.ok([undefined, 'AbortError'].includes((await assertLeft(place, opened))?.name));
    },
  },
];

/** Writes until it wants no more. */
async function reachFull({ transform }: Opened, place: TransformPlace): Promise<void> {
  for (const chunk of cut(place.input(place.manyBytes), CHUNK)) {
    if (!transform.write(chunk)) break;
    await turn();
  }
  await quiet(() => transform.readableLength + transform.writableLength, 10);
}

function swallowing(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
