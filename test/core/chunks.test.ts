import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { Chunks } from '../../src/core/chunks.ts';

/** A stream of objects that are pushed by hand. */
function byHand(): Readable {
  return new Readable({ objectMode: true, read: () => undefined });
}

async function collect(chunks: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}

describe('the chunks of a Readable', () => {
  it('come in order and to the end, those that are here and those that come later', async () => {
    const items = Array.from({ length: 1_000 }, (_, n) => n);
    async function* slowly(): AsyncGenerator<number> {
      for (const item of items) {
        if (item % 7 === 0) await new Promise(setImmediate);
        yield item;
      }
    }
    assert.deepEqual(await collect(new Chunks(Readable.from(items))), items);
    assert.deepEqual(await collect(new Chunks(Readable.from(slowly()))), items);
  });

  it('go to those who asked, in their order, and then there is no more', async () => {
    const stream = byHand();
    const chunks = new Chunks(stream);
    const asked = Array.from({ length: 5 }, () => chunks.next());
    for (const item of ['a', 'b', 'c', null]) stream.push(item);
    const done = { done: true, value: undefined };
    const given = ['a', 'b', 'c'].map((value) => ({ done: false, value }));
    assert.deepEqual(await Promise.all(asked), [...given, done, done]);
    assert.deepEqual(await chunks.next(), done);
  });

  it('end with the error of the stream, which is thrown once', async () => {
    const stream = byHand();
    const chunks = new Chunks(stream);
    const failure = new Error('lost');
    const asked = Promise.allSettled([chunks.next(), chunks.next(), chunks.next()]);
    stream.push('a');
    stream.once('readable', () => stream.destroy(failure));
    const done = { done: true, value: undefined };
    assert.deepEqual(await asked, [
      { status: 'fulfilled', value: { done: false, value: 'a' } },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: done },
    ]);
    assert.deepEqual(await chunks.next(), done);
  });

  it('end with an error that came while nobody asked, and with that of a stream closed too early', async () => {
    for (const failure of [new Error('lost'), undefined]) {
      const stream = byHand();
      const chunks = new Chunks(stream);
      stream.push('a');
      await chunks.next();
      stream.once('error', () => undefined).destroy(failure);
      await new Promise((resolve) => stream.once('close', resolve));
      await assert.rejects(chunks.next(), failure ?? { code: 'ERR_STREAM_PREMATURE_CLOSE' });
    }
  });

  it('are left only once the stream has closed, and those who still ask get none', async () => {
    let isClean = false;
    const stream = new Readable({
      objectMode: true,
      read: () => undefined,
      destroy: (error, callback) => {
        setImmediate(() => {
          isClean = true;
          callback(error);
        });
      },
    });
    const chunks = new Chunks(stream);
    const asked = chunks.next();
    asked.catch(() => undefined);
    assert.deepEqual(await chunks.return(), { done: true, value: undefined });
    assert.ok(isClean);
    await assert.rejects(asked, { code: 'ERR_STREAM_PREMATURE_CLOSE' });
    assert.deepEqual(await chunks.next(), { done: true, value: undefined });
  });

  it('ask nothing of the stream before somebody asks for one, and leave no listener on it', async () => {
    let reads = 0;
    const stream = new Readable({
      objectMode: true,
      read() {
        reads += 1;
        this.push(null);
      },
    });
    const listeners = (): number => stream.eventNames().reduce((sum, name) => sum + stream.listenerCount(name), 0);
    const before = listeners();
    const chunks = new Chunks(stream);
    await new Promise(setImmediate);
    assert.equal(reads, 0);
    assert.deepEqual(await collect(chunks), []);
    assert.deepEqual([reads, listeners()], [1, before]);
  });
});
