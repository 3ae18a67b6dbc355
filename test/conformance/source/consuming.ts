/** What else users do with a Readable. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { fingerprint } from '../../support/bytes.ts';
import { sample } from '../sample.ts';
import { soon } from '../watch.ts';
import { assertEnded, assertLeftByNode } from './endings.ts';
import type { SourceCheck, SourcePlace } from './place.ts';
import { bytesOf, open } from './reading.ts';
import type { Opened } from './reading.ts';

export const consumingChecks: readonly SourceCheck[] = [
  consumed('by a pipeline', async ({ source }) => {
    const chunks: Buffer[] = [];
    const sink = new Writable({
      objectMode: source.readableObjectMode,
      write(chunk: unknown, _encoding, done) {
        chunks.push(bytesOf(chunk));
        setImmediate(done);
      },
    });
    await pipeline(source, sink);
    return Buffer.concat(chunks);
  }),
  consumed('until `finished`', async ({ source }) => {
    const chunks: Buffer[] = [];
    source.on('data', (chunk) => chunks.push(bytesOf(chunk)));
    await finished(source);
    return Buffer.concat(chunks);
  }),
  consumed('by `toArray`', async ({ source }) => Buffer.concat((await source.toArray()).map(bytesOf))),
  consumed('through an operator of Readable', async ({ source }) => {
    const copies = source.map((chunk: unknown) => Buffer.from(bytesOf(chunk)), { concurrency: 2 });
    return Buffer.concat((await copies.toArray()) as Buffer[]);
  }),
  consumed('by reads of any size', async ({ source }) => {
    const chunks: Buffer[] = [];
    let size = 1;
    source.on('readable', () => {
      for (;;) {
        const wanted = Math.min(size, source.readableLength);
        const chunk: unknown = wanted === 0 ? null : source.read(wanted);
        if (chunk === null) break;
        chunks.push(bytesOf(chunk));
        size = (size * 3) % 65_521;
      }
      // With nothing left to read, this is what learns of the end.
      source.read(0);
    });
    await once(source, 'end');
    return Buffer.concat(chunks);
  }),
  {
    ...consumed('as text', async ({ source }) => {
      source.setEncoding('utf8');
      const texts = (await source.toArray()) as string[];
      assert.ok(texts.every((text) => typeof text === 'string'));
      return Buffer.from(texts.join(''));
    }),
    ofBytes: true,
  },
  consumed('as a Web stream', async ({ source }) => {
    const chunks: Buffer[] = [];
    for await (const chunk of Readable.toWeb(source)) chunks.push(bytesOf(chunk));
    return Buffer.concat(chunks);
  }),
  {
    promise: 'is left when its Web stream is cancelled',
    async verify(place) {
      await place.put(sample(place.someBytes));
      const { source, watched } = open(place);
      const reader = (Readable.toWeb(source) as ReadableStream<unknown>).getReader();
      const { value } = await soon('the first chunk', reader.read(), place.patienceMs);
      assert.ok(bytesOf(value).length > 0);
      await soon('cancel', reader.cancel(), place.patienceMs);
      await soon('close', source.settled, place.patienceMs);
      assert.equal((await source.settled).outcome, 'not-done');
      assert.ok(!watched.events.includes('end'));
    },
  },
  {
    promise: 'is left by an operator that needs no more of it',
    async verify(place) {
      await place.put(sample(place.someBytes));
      const { source, watched } = open(place);
      const taken: unknown[] = await soon('take', source.take(1).toArray(), place.patienceMs);
      assert.ok(taken.length === 1 && bytesOf(taken[0]).length > 0);
      await assertLeftByNode(source, watched, place.patienceMs);
    },
  },
];

function consumed(how: string, consume: (opened: Opened) => Promise<Buffer>): SourceCheck {
  return {
    promise: `gives all bytes ${how}`,
    async verify(place: SourcePlace) {
      const bytes = sample(place.someBytes);
      await place.put(bytes);
      const opened = open(place);
      const read = await soon(how, consume(opened), place.patienceMs);
      assert.equal(fingerprint(read), fingerprint(bytes));
      await assertEnded(opened.source, opened.watched, place.patienceMs);
    },
  };
}
