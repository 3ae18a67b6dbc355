import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { connectorError } from '../../src/errors.ts';
import { chunked, openUpload as open, patterned, planOf, Upload } from './memory-upload.ts';

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
        assert.ok(upload.mostRunning <= chosen.concurrency);
        assert.equal(sink.result?.parts, Math.max(1, upload.parts.length));
        assert.equal((await sink.settled).outcome, 'done');
      }),
      { numRuns: 150 },
    );
  });

  it('grows its parts as planned, within its memory', async () => {
    const bytes = patterned(500);
    const upload = new Upload();
    const growing = { partSize: 10, concurrency: 4, maxBufferedBytes: 200, maxParts: 10 };
    await pipeline(chunked(bytes, [7]), open(upload, growing));
    assert.equal(upload.object?.equals(bytes), true);
    const plan = planOf(growing);
    const [last = 0, ...others] = upload.parts.map(({ length }) => length).reverse();
    assert.deepEqual(
      others.reverse(),
      Array.from({ length: upload.parts.length - 1 }, (_, index) => plan.sizeAt(index)),
    );
    assert.ok(upload.parts.length <= 10 && last <= plan.sizeAt(upload.parts.length - 1));
    assert.ok(upload.most <= 200);
  });

  describe('of one part that may be large', () => {
    const KIB = 1024;
    const large = { partSize: 1024 * KIB, maxPartSize: 1024 * KIB, maxBufferedBytes: 2048 * KIB, concurrency: 2 };
    const sizesOf = { ...large, maxObjectSize: 4096 * KIB };

    it('takes little memory for a small object', async () => {
      const upload = new Upload();
      await pipeline(chunked(patterned(500), [100]), open(upload, sizesOf));
      assert.deepEqual(upload.calls, ['whole']);
      assert.ok(upload.held <= 64 * KIB, `${upload.held} bytes`);
    });

    it('stores the same bytes, however its memory grew', async () => {
      for (const size of [64, 65, 256, 300, 1023, 1024, 1025, 2500].map((kib) => kib * KIB + 1)) {
        for (const length of [10 * KIB, 64 * KIB, 300 * KIB]) {
          const upload = new Upload();
          await pipeline(chunked(patterned(size), [length]), open(upload, sizesOf));
          assert.equal(upload.object?.equals(patterned(size)), true, `${size} bytes in chunks of ${length}`);
          assert.ok(upload.held <= large.partSize, `${upload.held} bytes`);
        }
      }
    });
  });

  describe('of a store that has no way to put one whole', () => {
    const withoutWhole = (upload: Upload): Upload => Object.defineProperty(upload, 'whole', { value: undefined });

    for (const size of [0, 5, 10, 11]) {
      it(`is an upload of ${size} bytes`, async () => {
        const upload = withoutWhole(new Upload());
        const sink = open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 });
        await pipeline(chunked(patterned(size), [3]), sink);
        assert.deepEqual(upload.calls, ['begin', 'commit']);
        assert.equal(upload.object?.equals(patterned(size)), true);
        assert.equal(sink.result?.parts, Math.ceil(size / 10));
      });
    }

    it('removes the upload of an object that fits in one part when that fails', async () => {
      const upload = withoutWhole(new Upload(Array.from({ length: 30 }, () => 0)));
      const sink = open(upload, { partSize: 10, concurrency: 2, maxBufferedBytes: 30 });
      await assert.rejects(pipeline(chunked(patterned(5), [3]), sink), { code: 'SERVER_ERROR' });
      assert.deepEqual(upload.calls, ['begin', 'abort']);
    });
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
