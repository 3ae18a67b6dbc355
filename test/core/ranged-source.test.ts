import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { createChecksum } from '../../src/core/checksum.ts';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { createRangedSource } from '../../src/core/ranged-source.ts';
import type { RangeReader, RangeRequest, RangedOptions, RangedResult } from '../../src/core/ranged-source.ts';
import { ConnectorError, connectorError } from '../../src/errors.ts';

const retry = { attempts: 100, elapsedMs: 60_000, minDelayMs: 0, maxDelayMs: 0 };
const defaults = { start: 0, end: undefined, version: undefined, retry, responseMs: 5_000, idleMs: 5_000 };
const classify = (error: unknown): ConnectorError =>
  error instanceof ConnectorError ? error : connectorError('CONNECTION_LOST', 'broke', { cause: error });

const patterned = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, offset) => (offset * 7) ^ (offset >> 8)));

/** A store in memory whose bodies break where they are told to. */
class Store implements RangeReader<{ size: number }> {
  readonly requests: RangeRequest[] = [];
  delivered = 0;
  readonly #object: Buffer;
  readonly #breaks: number[];
  readonly #chunk: number;

  constructor(object: Buffer, breaks: readonly number[] = [], chunk = 3) {
    this.#object = object;
    this.#breaks = [...breaks];
    this.#chunk = chunk;
  }

  async readRange(request: RangeRequest) {
    this.requests.push(request);
    await turn();
    const { offset } = request;
    const length = Math.min(request.length, this.#object.length - offset);
    const bytes = this.#object.subarray(offset, offset + length);
    const body = Readable.from(this.#pieces(bytes, this.#breaks.shift()), { objectMode: false });
    return { version: 'v', totalBytes: this.#object.length, offset, length, body, info: { size: this.#object.length } };
  }

  wholeCrc32(): Promise<string> {
    const checksum = createChecksum('crc32');
    checksum.update(this.#object);
    return Promise.resolve(checksum.digest());
  }

  classify(error: unknown): ConnectorError {
    return classify(error);
  }

  *#pieces(bytes: Buffer, breakAt = Infinity): Generator<Buffer> {
    for (let offset = 0; offset < bytes.length; offset += this.#chunk) {
      const end = Math.min(offset + this.#chunk, bytes.length, breakAt);
      this.delivered += Math.max(0, end - offset);
      if (end > offset) yield bytes.subarray(offset, end);
      if (breakAt <= end) throw new Error('reset');
    }
  }
}

function open(store: RangeReader<{ size: number }>, options: Partial<RangedOptions> = {}, life: LifecycleOptions = {}) {
  const { partSize = 10, concurrency = 3, maxBufferedBytes = partSize * (concurrency + 1) } = options;
  const lifecycle = new Lifecycle<RangedResult>({ connector: 'test', operation: 'read', profile: 'default' }, life);
  return createRangedSource(store, { ...defaults, ...options, partSize, concurrency, maxBufferedBytes }, lifecycle);
}

async function drain(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

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
    damaged.wholeCrc32 = () => Promise.resolve('AAAAAA==');
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
