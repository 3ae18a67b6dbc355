/** Every way to call a Writable. */
import assert from 'node:assert/strict';
import { cut, sample } from '../sample.ts';
import { closing, quiet, rejectionOf, soon } from '../watch.ts';
import { assertFinished, assertTruthful } from './endings.ts';
import type { SinkCheck } from './place.ts';
import { fill, open, writeOne } from './writing.ts';

export const callingChecks: readonly SinkCheck[] = [
  {
    promise: 'calls back for every write, once and in order',
    async verify(place) {
      const chunks = cut(sample(place.someBytes), 9_000);
      const opened = open(place);
      const called: number[] = [];
      chunks.forEach((chunk, n) => opened.sink.write(chunk, () => called.push(n)));
      await fill(place, opened, []);
      await assertFinished(place, opened, Buffer.concat(chunks));
      assert.deepEqual(
        called,
        chunks.map((_chunk, n) => n),
      );
    },
  },
  {
    promise: 'takes strings in their encoding, and views of memory',
    ofBytes: true,
    async verify(place) {
      const opened = open(place);
      const { sink } = opened;
      const bytes = sample(384);
      const [one, two, three] = cut(bytes, 128) as [Buffer, Buffer, Buffer];
      sink.setDefaultEncoding('latin1');
      sink.write(one.toString('latin1'));
      sink.write(two.toString('base64'), 'base64');
      sink.write(new Uint8Array(three));
      await fill(place, opened, []);
      await assertFinished(place, opened, bytes);
    },
  },
  {
    promise: 'stores what was corked, once and in order',
    ofBytes: true,
    async verify(place) {
      const chunks = cut(sample(place.someBytes), 20_000);
      const opened = open(place);
      const { sink } = opened;
      const [first, ...others] = chunks;
      sink.cork();
      sink.write(first);
      sink.cork();
      for (const chunk of others.slice(0, -1)) sink.write(chunk);
      sink.uncork();
      const written = Buffer.concat(chunks.slice(0, -1)).length;
      assert.equal(await quiet(() => sink.writableLength), written, 'it did not wait to be uncorked');
      sink.uncork();
      await fill(place, opened, others.slice(-1));
      await assertFinished(place, opened, Buffer.concat(chunks));
    },
  },
  {
    promise: 'stores what was still corked when it was ended',
    async verify(place) {
      const opened = open(place);
      opened.sink.cork();
      for (const chunk of cut(sample(1_000), 10)) opened.sink.write(chunk);
      await fill(place, opened, []);
      await assertFinished(place, opened, sample(1_000));
    },
  },
  {
    promise: 'takes its last chunk with the end, and calls back when it has finished',
    async verify(place) {
      const opened = open(place);
      const { sink } = opened;
      const [one, two] = cut(sample(256), 128) as [Buffer, Buffer];
      sink.write(one);
      const ended = new Promise<unknown>((resolve) => sink.end(two, () => resolve(sink.result)));
      assert.ok((await soon('the callback', ended, place.patienceMs)) !== undefined, 'it called back without a result');
      await assertFinished(place, opened, sample(256));
    },
  },
  {
    promise: 'finishes once however often it is ended',
    async verify(place) {
      const opened = open(place);
      const { sink } = opened;
      await writeOne(place, opened, sample(100));
      const again = (): Promise<void> =>
        new Promise((resolve, reject) => sink.end((error?: Error | null) => (error ? reject(error) : resolve())));
      await soon('both', Promise.all([again(), again()]), place.patienceMs);
      const late = await rejectionOf('an end after the finish', again(), place.patienceMs);
      assert.equal((late as NodeJS.ErrnoException).code, 'ERR_STREAM_ALREADY_FINISHED');
      await assertFinished(place, opened, sample(100));
    },
  },
  {
    promise: 'refuses a write after its end, and says what became of the rest',
    async verify(place) {
      const opened = open(place);
      const { sink, watched } = opened;
      sink.end(sample(100));
      sink.write(sample(100));
      await closing(sink, place.patienceMs);
      assert.equal((watched.errors[0] as NodeJS.ErrnoException | undefined)?.code, 'ERR_STREAM_WRITE_AFTER_END');
      await assertTruthful(place, opened, sample(100));
    },
  },
  {
    promise: 'refuses what are no bytes, and loses nothing by it',
    ofBytes: true,
    async verify(place) {
      const opened = open(place);
      await writeOne(place, opened, sample(100));
      for (const wrong of [7, {}, true]) {
        assert.throws(() => opened.sink.write(wrong), { code: 'ERR_INVALID_ARG_TYPE' });
      }
      assert.throws(() => opened.sink.write(null), { code: 'ERR_STREAM_NULL_VALUES' });
      await fill(place, opened, []);
      await assertFinished(place, opened, sample(100));
    },
  },
];
