/** What else users do with a Writable. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { cut, sample } from '../sample.ts';
import { rejectionOf, soon } from '../watch.ts';
import { assertFailed, assertFinished, assertTruthful } from './endings.ts';
import type { SinkCheck, SinkPlace } from './place.ts';
import { chunksOf, fill, open, writeOne } from './writing.ts';
import type { Opened } from './writing.ts';

export const feedingChecks: readonly SinkCheck[] = [
  fed('by a pipeline', ({ sink }, bytes) => pipeline(chunksOf(bytes), sink)),
  fed('by `pipe`', async ({ sink }, bytes) => {
    chunksOf(bytes).pipe(sink);
    await once(sink, 'finish');
  }),
  fed('by a generator', ({ sink }, bytes) =>
    pipeline(async function* () {
      for (const chunk of cut(bytes, 30_000)) yield await Promise.resolve(chunk);
    }, sink),
  ),
  fed('until `finished`', async ({ sink }, bytes) => {
    chunksOf(bytes).pipe(sink);
    await finished(sink);
  }),
  fed('by a Web stream', async ({ sink }, bytes) => {
    const web = Readable.toWeb(chunksOf(bytes)) as ReadableStream<Uint8Array>;
    await web.pipeTo(Writable.toWeb(sink) as WritableStream<Uint8Array>);
  }),
  {
    promise: 'stores nothing when its Web stream is aborted',
    async verify(place) {
      const opened = open(place);
      const writer = Writable.toWeb(opened.sink).getWriter();
      await soon('a write', writer.write(sample(1_000)), place.patienceMs);
      const reason = new Error('the user left');
      await soon('abort', writer.abort(reason), place.patienceMs);
      await assertFailed(place, opened);
      assert.equal(opened.watched.errors[0], reason);
    },
  },
  {
    promise: 'stores nothing when it is left open behind a pipeline that does not end it',
    async verify(place) {
      const opened = open(place);
      await soon('the pipeline', pipeline(chunksOf(sample(1_000)), opened.sink, { end: false }), place.patienceMs);
      await writeOne(place, opened, sample(1_000));
      const done = rejectionOf('finished', finished(opened.sink), place.patienceMs);
      opened.sink.destroy();
      assert.equal(((await done) as NodeJS.ErrnoException).code, 'ERR_STREAM_PREMATURE_CLOSE');
      const { outcome } = await assertTruthful(place, opened, Buffer.alloc(0));
      assert.equal(outcome, 'not-done');
    },
  },
  {
    promise: 'stores what several pipelines gave it, one after the other',
    async verify(place) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      for (const part of cut(bytes, Math.ceil(bytes.length / 3))) {
        await soon('a pipeline', pipeline(chunksOf(part), opened.sink, { end: false }), place.patienceMs);
      }
      await fill(place, opened, []);
      await assertFinished(place, opened, bytes);
    },
  },
];

function fed(how: string, feed: (opened: Opened, bytes: Buffer) => Promise<unknown>): SinkCheck {
  return {
    promise: `stores all bytes that it is given ${how}`,
    async verify(place: SinkPlace) {
      const bytes = sample(place.someBytes);
      const opened = open(place);
      await soon(how, feed(opened, bytes), place.patienceMs);
      await assertFinished(place, opened, bytes);
    },
  };
}
