import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { planParts } from '../../src/core/part-plan.ts';
import { PartDriver } from '../../src/core/part-sink.ts';
import type { PartBody, PartUpload } from '../../src/core/part-sink.ts';
import { createSink } from '../../src/core/sink.ts';
import { ConnectorError, connectorError } from '../../src/errors.ts';

const patterned = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, offset) => (offset * 7) ^ (offset >> 8)));

/** An upload in memory that answers late, and fails the parts it is told to. */
class Upload implements PartUpload<{ parts: number }> {
  readonly parts: Buffer[] = [];
  readonly calls: string[] = [];
  inFlight = 0;
  most = 0;
  object: Buffer | undefined;
  readonly #failures: number[];

  constructor(failures: readonly number[] = []) {
    this.#failures = [...failures];
  }

  async begin(): Promise<void> {
    this.calls.push('begin');
    await turn();
  }

  async part({ index, bytes }: PartBody): Promise<void> {
    this.inFlight += bytes.length;
    this.most = Math.max(this.most, this.inFlight);
    const sent = Buffer.from(bytes);
    await turn();
    await turn();
    this.inFlight -= bytes.length;
    const failure = this.#failures.indexOf(index);
    if (failure !== -1) {
      this.#failures.splice(failure, 1);
      throw connectorError('SERVER_ERROR', 'try again');
    }
    assert.equal(sent.equals(bytes), true, 'a buffer was reused while its part was being sent');
    this.parts[index] = sent;
  }

  async commit(totalBytes: number): Promise<{ parts: number }> {
    this.calls.push('commit');
    await turn();
    this.object = Buffer.concat(this.parts);
    assert.equal(this.object.length, totalBytes);
    return { parts: this.parts.length };
  }

  async whole(bytes: Buffer): Promise<{ parts: number }> {
    this.calls.push('whole');
    await turn();
    this.object = Buffer.from(bytes);
    return { parts: 1 };
  }

  async abort(): Promise<undefined> {
    this.calls.push('abort');
    await turn();
  }

  leftover(): undefined {
    return undefined;
  }

  classify(error: unknown): ConnectorError {
    return error instanceof ConnectorError ? error : connectorError('UNKNOWN', 'failed', { cause: error });
  }
}

interface Sizes {
  readonly partSize: number;
  readonly concurrency: number;
  readonly maxBufferedBytes: number;
  readonly maxParts?: number;
}

function open(upload: PartUpload<{ parts: number }>, sizes: Sizes, life: LifecycleOptions = {}) {
  const { partSize, concurrency, maxBufferedBytes, maxParts = 1_000 } = sizes;
  const limits = { minPartSize: 1, maxPartSize: 1_000, maxParts, maxObjectSize: 10_000 };
  const plan = planParts({ limits, preferredPartSize: partSize, maxPartBytes: maxBufferedBytes });
  const retry = { attempts: 20, elapsedMs: 60_000, minDelayMs: 0, maxDelayMs: 0 };
  const lifecycle = new Lifecycle<{ parts: number }>(
    { connector: 'test', operation: 'write', profile: 'default' },
    life,
  );
  const options = { plan, concurrency, maxBufferedBytes, retry, partMs: () => 5_000 };
  return createSink({
    lifecycle,
    highWaterMark: 16,
    driver: (host) => new PartDriver(upload, options, lifecycle, host),
  });
}

function chunked(bytes: Buffer, lengths: readonly number[]): Readable {
  const pieces = function* (): Generator<Buffer> {
    for (let offset = 0, n = 0; offset < bytes.length; n += 1) {
      const length = lengths[n % lengths.length] ?? 1;
      yield bytes.subarray(offset, offset + length);
      offset += length;
    }
  };
  return Readable.from(pieces(), { objectMode: false });
}

const sizes = fc
  .record({
    partSize: fc.integer({ min: 1, max: 60 }),
    concurrency: fc.integer({ min: 1, max: 6 }),
    extra: fc.integer({ min: 0, max: 200 }),
  })
  .map(({ partSize, concurrency, extra }) => ({ partSize, concurrency, maxBufferedBytes: partSize + extra }));

describe('a sink that uploads parts', () => {
  it('stores the same bytes within its memory for any chunks, parts, concurrency and failures', async () => {
    const cases = fc.record({
      size: fc.integer({ min: 0, max: 600 }),
      lengths: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 8 }),
      failures: fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      sizes,
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ size, lengths, failures, sizes: chosen }) => {
        const bytes = patterned(size);
        const upload = new Upload(failures);
        const sink = open(upload, chosen);
        await pipeline(chunked(bytes, lengths), sink);
        assert.equal(upload.object?.equals(bytes), true);
        assert.ok(upload.most <= chosen.maxBufferedBytes);
        assert.equal(sink.result?.parts, Math.max(1, upload.parts.length));
        assert.equal((await sink.settled).outcome, 'done');
      }),
      { numRuns: 150 },
    );
  });

  it('grows its parts within its memory', async () => {
    const bytes = patterned(500);
    const upload = new Upload();
    await pipeline(
      chunked(bytes, [7]),
      open(upload, { partSize: 10, concurrency: 4, maxBufferedBytes: 200, maxParts: 10 }),
    );
    assert.equal(upload.object?.equals(bytes), true);
    assert.ok(upload.parts.length <= 10);
    assert.ok(upload.most <= 200);
  });

  it('gives every part up and removes the upload when one fails for good, before it rejects', async () => {
    const upload = new Upload(Array.from({ length: 30 }, () => 2));
    const sink = open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 });
    await assert.rejects(pipeline(chunked(patterned(100), [10]), sink), { code: 'SERVER_ERROR' });
    assert.deepEqual(upload.calls, ['begin', 'abort']);
    assert.equal(upload.inFlight, 0);
    assert.equal(upload.object, undefined);
  });

  it('is never retried blindly after a commit whose outcome is unknown', async () => {
    const upload = new Upload();
    upload.commit = () => Promise.reject(connectorError('CONNECTION_LOST', 'lost', { outcome: 'unknown' }));
    const sink = open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 });
    await assert.rejects(pipeline(chunked(patterned(100), [10]), sink), { code: 'COMMIT_UNKNOWN', retryable: false });
    assert.equal((await sink.settled).outcome, 'unknown');
  });

  it('uses nothing before its first byte or its end', async () => {
    const upload = new Upload();
    open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 });
    await turn();
    assert.deepEqual(upload.calls, []);
  });

  it('does not end the process by an abort before its first use', async () => {
    const controller = new AbortController();
    const upload = new Upload();
    const sink = open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 }, { signal: controller.signal });
    controller.abort(new Error('before use'));
    await turn();
    await assert.rejects(pipeline(chunked(patterned(10), [10]), sink), { code: 'ABORTED' });
    assert.deepEqual(upload.calls, []);
  });
});
