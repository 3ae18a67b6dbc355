import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import type { S3ObjectSinkOptions } from '../../src/connectors/s3/object-sink.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  TINY_LIMITS,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  rejection,
  requests,
  settingsFor,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';

const PART = 16 * KIB;
const bytes = patterned(4 * PART + 1234);
const limits = { ...TINY_LIMITS, maxParts: 100 };

describe('faults while writing an S3 object', () => {
  const server = useS3Server({ limits });

  const open = (options: Partial<S3ObjectSinkOptions> = {}) => {
    const config = settingsFor(server.s3);
    return s3ObjectSink({ bucket: BUCKET, key: 'key', partSize: PART, limits, config, retry: QUICK, ...options });
  };
  const chunked = (data = bytes, size = 5000) =>
    Readable.from(
      (function* () {
        for (let offset = 0; offset < data.length; offset += size) yield data.subarray(offset, offset + size);
      })(),
    );
  const stored = () => server.s3.getObject(BUCKET, 'key');
  const assertNothingLeft = () => {
    assert.equal(stored(), undefined);
    assert.deepEqual(server.s3.uploads(), []);
  };

  describe('W2: a part fails', () => {
    it('sends only part 3 again, with the same bytes, when it fails once', async () => {
      let left = 1;
      const fault = server.s3.on('UploadPart', ({ partNumber }) => partNumber === 3 && left-- > 0, {
        ...{ status: 500, code: 'InternalError' },
      });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      const sent = requests(server.s3, 'UploadPart').map(({ partNumber }) => partNumber);
      assert.deepEqual(sent.sort(), [1, 2, 3, 3, 4, 5]);
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
      assert.deepEqual(server.s3.uploads(), []);
      assert.equal(sink.result?.parts, 5);
    });

    it('leaves no object and no upload when it always fails', async () => {
      const fault = server.s3.on('UploadPart', ({ partNumber }) => partNumber === 3, {
        ...{ status: 500, code: 'InternalError' },
      });
      const { signal } = new AbortController();
      const sink = open({ signal, retry: { ...QUICK, attempts: 3 } });
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 3);
      assert.equal(error.status, 500);
      assert.deepEqual(summary(await sink.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'SERVER_ERROR', stage: 'transfer', retryable: true },
      });
      assertNothingLeft();
      assert.equal(listenersOn(signal), 0);
    });

    it('sends a part again whose answer was lost, and the last one wins', async () => {
      let left = 1;
      const fault = server.s3.on('UploadPart', ({ partNumber }) => partNumber === 2 && left-- > 0, { reset: 'after' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    });

    it('fails before the commit when a part is answered without an ETag, or with another checksum', async () => {
      const dropped = server.s3.on('UploadPart', (request) => request.partNumber === 2, { dropHeader: 'etag' });
      const retry = { ...QUICK, attempts: 2 };
      assert.equal((await connectorRejection(pipeline(chunked(), open({ retry })))).code, 'SERVER_ERROR');
      assert.equal(dropped.fired, 2);
      dropped.remove();
      const wrong = server.s3.on('UploadPart', (request) => request.partNumber === 2, { wrongChecksum: true });
      assert.equal((await connectorRejection(pipeline(chunked(), open({ retry })))).code, 'CHECKSUM_MISMATCH');
      assert.equal(wrong.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 0);
      assertNothingLeft();
    });
  });

  describe('W3: 200 with an error in the body', () => {
    it('sends Complete again after an InternalError', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { errorInBody: { code: 'InternalError' } });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    });

    it('is a failure, never a success, when it stays', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { errorInBody: { code: 'InternalError' } });
      const sink = open({ retry: { ...QUICK, attempts: 2 } });
      await rejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 2);
      const { outcome, cleanup, error } = await sink.settled;
      assert.deepEqual(
        { outcome, cleanup, code: error?.code },
        { outcome: 'not-done', cleanup: 'confirmed', code: 'SERVER_ERROR' },
      );
      assertNothingLeft();
    });
  });

  describe('W4: the answer to the commit is lost', () => {
    it('finds the object that a multipart upload became', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 1);
      assert.equal((await sink.settled).outcome, 'done');
      assert.equal(sink.result?.bytes, bytes.length);
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    });

    it('finds it by its ETag in a store without checksums', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      const sink = open({ checksum: false });
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('finds the object that a single PutObject became', async () => {
      const fault = server.s3.on('PutObject', 1, { reset: 'after' });
      const sink = open();
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'PutObject').length, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('sends Complete again when the upload is still there', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'before' });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 2);
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    });

    it('does not take an older object of the same bytes for this upload', async () => {
      server.s3.putObject(BUCKET, 'key', bytes);
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'before' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assert.equal(server.s3.objects(BUCKET)[0]?.partCount, 5);
      assert.deepEqual(server.s3.uploads(), []);
    });

    it('does not call its own object an obstacle with ifNoneMatch', async () => {
      const fault = server.s3.on('PutObject', 1, { reset: 'after' });
      const sink = open({ ifNoneMatch: '*' });
      await pipeline(chunked(patterned(100)), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
    });

    it('says unknown and names the upload when the store can no longer be asked', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { reset: 'after' });
      server.s3.on('ListParts', 'always', { reset: 'before' });
      server.s3.on('HeadObject', 'always', { reset: 'before' });
      const { signal } = new AbortController();
      const sink = open({ signal, retry: { ...QUICK, attempts: 2 } });
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.ok(fault.fired >= 1);
      assert.equal(error.code, 'COMMIT_UNKNOWN');
      const { outcome, cleanup, leftover } = await sink.settled;
      assert.deepEqual({ outcome, cleanup }, { outcome: 'unknown', cleanup: 'unconfirmed' });
      const { uploadId } = requests(server.s3, 'CompleteMultipartUpload')[0] ?? {};
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId });
      assert.equal(listenersOn(signal), 0);
    });

    it('says unknown when the object is another one and the upload is gone', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { reset: 'after' });
      server.s3.on('HeadObject', 'always', { call: () => void server.s3.putObject(BUCKET, 'key', 'other') });
      const sink = open();
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'COMMIT_UNKNOWN');
      assert.equal(error.retryable, false);
      assert.equal((await sink.settled).outcome, 'unknown');
    });

    it('waits no longer than commitTimeout for an answer that does not come', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { stall: 'before' });
      const sink = open({ commitTimeout: 400 });
      const startedAt = performance.now();
      const error = await connectorRejection(pipeline(chunked(), sink));
      const took = performance.now() - startedAt;
      assert.ok(fault.fired >= 1);
      assert.equal(error.code, 'COMMIT_TIMEOUT');
      assert.ok(took >= 400 && took < 2_000, `took ${took} ms`);
      const { outcome, leftover } = await sink.settled;
      assert.equal(outcome, 'unknown');
      // The upload is what the commit can be looked up by, and completed from.
      assert.equal(requests(server.s3, 'AbortMultipartUpload').length, 0);
      assert.equal(leftover?.['uploadId'], server.s3.uploads()[0]?.uploadId);
    });
  });

  describe('W7: the source fails', () => {
    for (const { title, length } of [
      { title: 'at 0 bytes', length: 0 },
      { title: 'within the first part', length: PART - 1 },
      { title: 'after two and a half parts', length: 2.5 * PART },
    ]) {
      it(`leaves nothing, and has confirmed it before the pipeline rejects, ${title}`, async () => {
        const boom = new Error('the source broke');
        const broken = Readable.from(
          (async function* () {
            if (length > 0) yield bytes.subarray(0, length);
            // The upload has begun by now wherever there is one.
            if (length > PART) await server.s3.waitFor('UploadPart', 2, 'ended');
            throw boom;
          })(),
        );
        const { signal } = new AbortController();
        const sink = open({ signal });
        assert.equal(await rejection(pipeline(broken, sink)), boom);
        assertNothingLeft();
        const begun = length > PART;
        assert.equal(requests(server.s3, 'AbortMultipartUpload').length, begun ? 1 : 0);
        assert.equal(requests(server.s3, 'ListParts').filter(({ status }) => status === 404).length, begun ? 1 : 0);
        const settled = await sink.settled;
        assert.deepEqual(
          { outcome: settled.outcome, cleanup: settled.cleanup },
          { outcome: 'not-done', cleanup: 'confirmed' },
        );
        assert.equal(settled.error?.code, 'PIPELINE_FAILED');
        assert.equal(settled.error.cause, boom);
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('does not wait for a source that stalls', async () => {
      const stalled = new Readable({ read: () => undefined });
      stalled.push(bytes.subarray(0, 2.5 * PART));
      const controller = new AbortController();
      const sink = open();
      const done = rejection(pipeline(stalled, sink, { signal: controller.signal }));
      await server.s3.waitFor('UploadPart', 2, 'ended');
      const abortedAt = performance.now();
      controller.abort();
      await done;
      assert.ok(performance.now() - abortedAt < 1_000);
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft();
    });
  });

  describe('W8: the removal fails', () => {
    it('repeats it until the upload is gone', async () => {
      const fault = server.s3.on('AbortMultipartUpload', (request) => request.nth <= 2, {
        status: 500,
        code: 'InternalError',
      });
      const sink = open();
      sink.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(fault.fired, 2);
      assertNothingLeft();
    });

    it('repeats it while a late part is still listed', async () => {
      const late = server.s3.on('AbortMultipartUpload', 1, { errorInBody: { code: 'InternalError' } });
      const sink = open();
      sink.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(late.fired, 1);
      assertNothingLeft();
    });

    it('names the upload when it cannot be removed in time', async () => {
      const fault = server.s3.on('AbortMultipartUpload', 'always', { status: 500, code: 'InternalError' });
      const sink = open({ cleanupTimeout: 300 });
      sink.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      const startedAt = performance.now();
      sink.on('error', () => undefined).destroy();
      const { cleanup, leftover } = await sink.settled;
      assert.ok(performance.now() - startedAt < 1_000);
      assert.ok(fault.fired >= 2);
      assert.equal(cleanup, 'unconfirmed');
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId: server.s3.uploads()[0]?.uploadId });
    });

    it('names the upload at once when removing it is not permitted', async () => {
      const fault = server.s3.on('AbortMultipartUpload', 'always', { status: 403, code: 'AccessDenied' });
      const sink = open();
      sink.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'unconfirmed');
      assert.equal(fault.fired, 1);
    });

    it('names what it cannot identify when the answer to Create was lost', async () => {
      const fault = server.s3.on('CreateMultipartUpload', 1, { reset: 'after' });
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      const { cleanup, leftover } = await sink.settled;
      assert.equal(cleanup, 'unconfirmed');
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId: server.s3.uploads()[0]?.uploadId });
      assert.equal(requests(server.s3, 'AbortMultipartUpload').length, 0);
    });

    it('is confirmed when the lost Create never happened', async () => {
      const fault = server.s3.on('CreateMultipartUpload', 1, { reset: 'before' });
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).cleanup, 'confirmed');
    });
  });

  describe('W9: the object exists', () => {
    for (const { title, data } of [
      { title: 'a small object', data: patterned(100) },
      { title: 'a large one', data: bytes },
    ]) {
      it(`refuses to replace it with ${title}`, async () => {
        server.s3.putObject(BUCKET, 'key', 'older');
        const sink = open({ ifNoneMatch: '*' });
        const error = await connectorRejection(pipeline(chunked(data), sink));
        assert.deepEqual(
          { code: error.code, outcome: error.outcome, status: error.status },
          { code: 'ALREADY_EXISTS', outcome: 'not-done', status: 412 },
        );
        assert.equal(stored()?.toString(), 'older');
        assert.deepEqual(server.s3.uploads(), []);
      });
    }
  });

  describe('W10: the limits of the service', () => {
    it('grows parts so that an unknown length reaches the largest object', async () => {
      const five = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 100 * KIB };
      const data = patterned(100 * KIB);
      const sink = open({ partSize: 1 * KIB, limits: five, maxBufferedBytes: 128 * KIB });
      await pipeline(chunked(data), sink);
      assert.ok((sink.result?.parts ?? 9) <= 5);
      assertSameBytes(stored() ?? Buffer.alloc(0), data);
    });

    it('refuses the byte that would exceed it, and leaves nothing', async () => {
      const five = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 100 * KIB };
      const sink = open({ partSize: 1 * KIB, limits: five, maxBufferedBytes: 128 * KIB });
      const error = await connectorRejection(pipeline(chunked(patterned(100 * KIB + 1)), sink));
      assert.equal(error.code, 'TOO_LARGE');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft();
    });

    it('refuses an expected size beyond it before the first byte', () => {
      assert.throws(() => s3ObjectSink({ bucket: BUCKET, key: 'key', expectedBytes: '51TB' }), { code: 'TOO_LARGE' });
      assert.deepEqual(server.s3.operations, []);
    });
  });

  describe('W11: there are no bytes', () => {
    it('writes an empty object by one PutObject', async () => {
      const sink = open();
      await pipeline(Readable.from([]), sink);
      assert.deepEqual(
        server.s3.operations.map(({ operation }) => operation),
        ['PutObject'],
      );
      assert.equal(stored()?.length, 0);
      assert.equal(sink.result?.parts, 1);
    });

    it('puts exactly one part whole, and one byte more as an upload', async () => {
      await pipeline(chunked(patterned(PART)), open());
      await pipeline(chunked(patterned(PART + 1)), open({ key: 'more' }));
      assert.equal(requests(server.s3, 'PutObject').length, 1);
      assert.deepEqual(
        requests(server.s3, 'UploadPart').map(({ bytesIn }) => bytesIn),
        [PART, 1],
      );
    });
  });

  it('backs off when asked to, and still writes every byte', async () => {
    let left = 6;
    const fault = server.s3.on('UploadPart', () => left-- > 0, {
      status: 503,
      code: 'SlowDown',
      headers: { 'retry-after': '0' },
    });
    await pipeline(chunked(), open());
    assert.equal(fault.fired, 6);
    assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    assert.ok(requests(server.s3, 'UploadPart').length <= 11);
  });
});
