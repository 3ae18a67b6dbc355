/** The ways in which users put a transform between two streams. */
import assert from 'node:assert/strict';
import { Duplex, Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { collect } from '../../support/bytes.ts';
import { cut } from '../sample.ts';
import { soon } from '../watch.ts';
import { assertGave, open } from './feeding.ts';
import type { Opened } from './feeding.ts';
import type { TransformCheck } from './place.ts';

type Use = (opened: Opened, source: Readable) => Promise<Buffer>;

export const usingChecks: readonly TransformCheck[] = [
  used('in a pipeline', async ({ transform }, source) => {
    const { sink, bytes } = collecting();
    await pipeline(source, transform, sink);
    return bytes();
  }),
  used('by `pipe`', async ({ transform }, source) => {
    const { sink, bytes } = collecting();
    source.pipe(transform).pipe(sink);
    await finished(sink);
    return bytes();
  }),
  used('by `compose`', ({ transform }, source) => collect(source.compose(transform) as AsyncIterable<Buffer>)),
  used('to an async iterator', ({ transform }, source) => {
    source.pipe(transform);
    return collect(transform as AsyncIterable<Buffer>);
  }),
  used('as a Web stream', async ({ transform }, source) => {
    const web = Duplex.toWeb(transform) as ReadableWritablePair<Uint8Array, Uint8Array>;
    const given = Readable.toWeb(source) as ReadableStream<Uint8Array>;
    const chunks: Uint8Array[] = [];
    for await (const chunk of given.pipeThrough(web)) {
      assert.ok(chunk instanceof Uint8Array);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }),
  {
    promise: 'refuses options that make no sense when it is made',
    verify(place) {
      assert.ok(place.badOptions.length > 0);
      for (const make of place.badOptions) assert.throws(make, { name: 'ConfigError', code: 'CONFIG_INVALID' });
      return Promise.resolve();
    },
  },
];

function used(how: string, use: Use): TransformCheck {
  return {
    promise: `gives the same ${how}`,
    async verify(place) {
      const opened = open(place);
      const source = Readable.from(cut(place.input(place.someBytes), 9_000), { objectMode: false });
      const output = await soon(how, use(opened, source), place.patienceMs);
      await assertGave(place, opened, output, place.someBytes);
    },
  };
}

function collecting(): { readonly sink: Writable; bytes(): Buffer } {
  const chunks: Buffer[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      setImmediate(done);
    },
  });
  return { sink, bytes: () => Buffer.concat(chunks) };
}
