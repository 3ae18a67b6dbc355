import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { connectorError } from '../../src/errors.ts';
import { checksumOf, drain, openRanged as open, patterned, Store } from './memory-store.ts';

describe('a source over ranged reads', () => {
  it('gives the original bytes for any size, parts, concurrency, memory and list of breaks', async () => {
    const cases = fc.record({
      size: fc.integer({ min: 1, max: 300 }),
      partSize: fc.integer({ min: 1, max: 80 }),
      concurrency: fc.integer({ min: 1, max: 6 }),
      maxBufferedBytes: fc.integer({ min: 1, max: 200 }),
      chunk: fc.integer({ min: 1, max: 20 }),
      breaks: fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, breaks, chunk, ...options }) => {
        const object = patterned(size);
        const source = open(new Store(object, breaks, chunk), options);
        assert.equal((await drain(source)).equals(object), true);
        assert.equal((await source.settled).outcome, 'done');
        assert.equal(source.result?.bytes, size);
      }),
      { numRuns: 150 },
    );
  });

  it('gives exactly the range asked for', async () => {
    const object = patterned(100);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 99 }), fc.integer({ min: 0, max: 150 }), async (start, length) => {
        const source = open(new Store(object), { start, end: start + length });
        assert.equal((await drain(source)).equals(object.subarray(start, start + length + 1)), true);
      }),
      { numRuns: 60 },
    );
  });

  it('never holds more than maxBufferedBytes beyond what was consumed, whatever the consumer does', async () => {
    const cases = fc.record({
      partSize: fc.integer({ min: 1, max: 40 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
      maxBufferedBytes: fc.integer({ min: 1, max: 120 }),
      turns: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 10 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ turns, ...options }) => {
        const store = new Store(patterned(400));
        let consumed = 0;
        let read = 0;
        for await (const chunk of open(store, options)) {
          const requested = store.requests.reduce((sum, { length }) => sum + length, 0);
          assert.ok(Math.min(requested, 400) - consumed <= options.maxBufferedBytes);
          for (let left = turns[read++ % turns.length] ?? 0; left > 0; left -= 1) await turn();
          assert.ok(store.delivered - consumed <= options.maxBufferedBytes);
          consumed += (chunk as Buffer).length;
        }
        assert.equal(consumed, 400);
      }),
      { numRuns: 60 },
    );
  });

  it('starts all parts at once when size and version are known', async () => {
    const store = new Store(patterned(40));
    const source = open(store, { size: 40, version: 'v', concurrency: 4 });
    source.read(0);
    await turn();
    assert.deepEqual(
      store.requests.map(({ offset, version }) => ({ offset, version })),
      [0, 10, 20, 30].map((offset) => ({ offset, version: 'v' })),
    );
    assert.equal((await drain(source)).length, 40);
  });

  it('knows how many bytes it will give from the first reply on', async () => {
    for (const [options, totalBytes] of [
      [{}, 100],
      [{ start: 30 }, 70],
      [{ start: 30, end: 49 }, 20],
      [{ start: 90, end: 500 }, 10],
    ] as const) {
      const source = open(new Store(patterned(100)), options);
      assert.equal(source.progress.totalBytes, undefined);
      await source.info;
      assert.equal(source.progress.totalBytes, totalBytes);
      assert.equal((await drain(source)).length, totalBytes);
    }
  });

  it('asks nobody for an object that is known to be empty', async () => {
    const store = new Store(Buffer.alloc(0));
    const source = open(store, { size: 0, version: 'v' });
    assert.equal((await drain(source)).length, 0);
    assert.deepEqual(store.requests, []);
  });

  it('opens nothing before the first read', async () => {
    const store = new Store(patterned(10));
    open(store);
    await turn();
    assert.deepEqual(store.requests, []);
  });

  it('waits for the clean-up when a loop is left early', async () => {
    const store = new Store(patterned(1_000));
    const source = open(store);
    for await (const chunk of source) {
      assert.ok((chunk as Buffer).length > 0);
      break;
    }
    assert.equal(source.closed, true);
    assert.deepEqual((await source.settled).outcome, 'not-done');
  });

  it('fails when another version answers, and when the checksum differs', async () => {
    const changed = new Store(patterned(40));
    const { readRange } = changed;
    changed.readRange = async (request) => ({
      ...(await readRange.call(changed, request)),
      version: `v${request.offset}`,
    });
    await assert.rejects(drain(open(changed)), { code: 'OBJECT_CHANGED' });
    const damaged = new Store(patterned(40));
    damaged.stored = () => Promise.resolve(checksumOf('crc32', [Buffer.alloc(40)]));
    await assert.rejects(drain(open(damaged)), { code: 'CHECKSUM_MISMATCH' });
  });

  it('does not end the process by an error that nobody has had a chance to hear', async () => {
    const controller = new AbortController();
    const source = open(new Store(patterned(10)), {}, { signal: controller.signal });
    controller.abort(new Error('before use'));
    await turn();
    await assert.rejects(drain(source), { code: 'ABORTED' });
    assert.equal((await source.settled).outcome, 'not-done');
  });

  it('gives a failure to whoever asked for the properties, and does not end the process with it', async () => {
    const store = new Store(patterned(10));
    store.readRange = () => Promise.reject(connectorError('NOT_FOUND', 'no such object'));
    const source = open(store);
    const closed = new Promise((resolve) => source.once('close', resolve));
    await assert.rejects(source.info, { code: 'NOT_FOUND' });
    await closed;
    assert.equal((await source.settled).error?.code, 'NOT_FOUND');
    await assert.rejects(drain(source), { code: 'NOT_FOUND' });
  });
});
