import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import { encodeCrc32 } from '../../src/core/checksum.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  rejection,
  requests,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, PART, assertNothingLeft, chunked, openSink, stored } from '../connectors/s3/writing.ts';

const CRC32 = encodeCrc32(crc32(BYTES));

describe('faults while writing an S3 object', () => {
  const server = useS3Server({ limits: LIMITS });
  const open = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.s3, options);

  describe('a part fails', () => {
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
      assertSameBytes(stored(server.s3), BYTES);
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
      assertNothingLeft(server.s3);
      assert.equal(listenersOn(signal), 0);
    });

    it('sends a part again whose answer was lost, and the last one wins', async () => {
      let left = 1;
      const fault = server.s3.on('UploadPart', ({ partNumber }) => partNumber === 2 && left-- > 0, { reset: 'after' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      const sent = requests(server.s3, 'UploadPart').map(({ partNumber }) => partNumber);
      assert.deepEqual(sent.sort(), [1, 2, 2, 3, 4, 5]);
      assertSameBytes(stored(server.s3), BYTES);
      const [object] = server.s3.objects(BUCKET);
      assert.deepEqual({ parts: object?.partCount, value: object?.checksum?.value }, { parts: 5, value: CRC32 });
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
      assertNothingLeft(server.s3);
    });
  });

  describe('200 with an error in the body', () => {
    it('sends Complete again after an InternalError', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { errorInBody: { code: 'InternalError' } });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('sends Complete again after a SlowDown', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { errorInBody: { code: 'SlowDown' } });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 2);
      assertSameBytes(stored(server.s3), BYTES);
    });

    it('is not sent again after an error that is none of the store’s', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { errorInBody: { code: 'AccessDenied' } });
      const sink = open();
      assert.equal((await connectorRejection(pipeline(chunked(), sink))).code, 'ACCESS_DENIED');
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'not-done');
      assertNothingLeft(server.s3);
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
      assertNothingLeft(server.s3);
    });
  });

  describe('the object exists', () => {
    for (const { title, data } of [
      { title: 'a small object', data: patterned(100) },
      { title: 'a large one', data: BYTES },
    ]) {
      it(`refuses to replace it with ${title}`, async () => {
        server.s3.putObject(BUCKET, 'key', 'older');
        const sink = open({ ifNoneMatch: '*' });
        const error = await connectorRejection(pipeline(chunked(data), sink));
        assert.deepEqual(
          { code: error.code, outcome: error.outcome, status: error.status },
          { code: 'ALREADY_EXISTS', outcome: 'not-done', status: 412 },
        );
        assert.equal(stored(server.s3).toString(), 'older');
        assert.deepEqual(server.s3.uploads(), []);
      });

      it(`replaces one version of it with ${title}, and no other`, async () => {
        const { etag } = server.s3.putObject(BUCKET, 'key', 'older');
        const sink = open({ ifMatch: `"${etag}"` });
        await pipeline(chunked(data), sink);
        assertSameBytes(stored(server.s3), data);
        const error = await connectorRejection(pipeline(chunked(patterned(99)), open({ ifMatch: `"${etag}"` })));
        assert.deepEqual(
          { code: error.code, outcome: error.outcome, status: error.status },
          { code: 'OBJECT_CHANGED', outcome: 'not-done', status: 412 },
        );
        assertSameBytes(stored(server.s3), data);
        assert.deepEqual(server.s3.uploads(), []);
      });

      it(`writes no ${title} in the place of one that is gone`, async () => {
        const error = await connectorRejection(pipeline(chunked(data), open({ ifMatch: '"0123"' })));
        assert.deepEqual([error.code, error.outcome], ['NOT_FOUND', 'not-done']);
        assertNothingLeft(server.s3);
      });
    }
  });

  describe('the limits of the service', () => {
    it('grows parts so that an unknown length reaches the largest object', async () => {
      const five = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 100 * KIB };
      const data = patterned(100 * KIB);
      const sink = open({ partSize: 1 * KIB, limits: five, maxBufferedBytes: 128 * KIB });
      await pipeline(chunked(data), sink);
      assert.ok((sink.result?.parts ?? 9) <= 5);
      assertSameBytes(stored(server.s3), data);
    });

    it('grows parts within maxBufferedBytes, so that fewer of them are under way', async () => {
      const [partSize, maxBufferedBytes] = [KIB, 16 * KIB];
      const bytes = patterned(200 * KIB);
      const limits = { ...LIMITS, maxParts: 50, maxObjectSize: 400 * KIB };
      // So long that they would all be under way together.
      const fault = server.s3.on('UploadPart', 'always', { delayMs: 20 });
      const sink = open({ limits, partSize, concurrency: 8, maxBufferedBytes });
      await pipeline(chunked(bytes), sink);
      assertSameBytes(stored(server.s3), bytes);
      const sent = requests(server.s3, 'UploadPart');
      assert.equal(fault.fired, sent.length);
      const underWay = sent.map(({ startedAt: at }) =>
        sent.filter(({ startedAt, endedAt = Infinity }) => startedAt <= at && at < endedAt),
      );
      const held = underWay.map((parts) => parts.reduce((sum, { bytesIn }) => sum + bytesIn, 0));
      assert.ok(Math.max(...held) <= maxBufferedBytes, `held ${Math.max(...held)} bytes`);
      const sizes = sent.map(({ bytesIn }) => bytesIn);
      assert.deepEqual([Math.min(...sizes.slice(0, 5)), Math.max(...sizes) >= 4 * partSize], [partSize, true]);
    });

    it('refuses the byte that would exceed it, and leaves nothing', async () => {
      const five = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 100 * KIB };
      const sink = open({ partSize: 1 * KIB, limits: five, maxBufferedBytes: 128 * KIB });
      const error = await connectorRejection(pipeline(chunked(patterned(100 * KIB + 1)), sink));
      assert.equal(error.code, 'TOO_LARGE');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft(server.s3);
    });

    it('refuses an expected size beyond it before the first byte', () => {
      assert.throws(() => s3ObjectSink({ bucket: BUCKET, key: 'key', expectedBytes: '51TB' }), { code: 'TOO_LARGE' });
      assert.deepEqual(server.s3.operations, []);
    });
  });

  describe('there are no bytes', () => {
    it('writes an empty object by one PutObject', async () => {
      const sink = open();
      await pipeline(Readable.from([]), sink);
      assert.deepEqual(
        server.s3.operations.map(({ operation }) => operation),
        ['PutObject'],
      );
      assert.equal(stored(server.s3).length, 0);
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
    assertSameBytes(stored(server.s3), BYTES);
    assert.ok(requests(server.s3, 'UploadPart').length <= 11);
  });
});
