import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  BUCKET,
  connectorRejection,
  listenersOn,
  rejection,
  requests,
  settingsFor,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, PART, assertNothingLeft, chunked, openSink } from '../connectors/s3/writing.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

describe('what a failed S3 upload leaves', () => {
  const server = useS3Server({ limits: LIMITS });
  const open = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.s3, options);

  describe('the source fails', () => {
    for (const { title, length } of [
      { title: 'at 0 bytes', length: 0 },
      { title: 'within the first part', length: PART - 1 },
      { title: 'after two and a half parts', length: 2.5 * PART },
    ]) {
      it(`leaves nothing, and has confirmed it before the pipeline rejects, ${title}`, async () => {
        const boom = new Error('the source broke');
        const broken = Readable.from(
          (async function* () {
            if (length > 0) yield BYTES.subarray(0, length);
            // The upload has begun by now wherever there is one.
            if (length > PART) await server.s3.waitFor('UploadPart', 2, 'ended');
            throw boom;
          })(),
        );
        const { signal } = new AbortController();
        const sink = open({ signal });
        assert.equal(await rejection(pipeline(broken, sink)), boom);
        assertNothingLeft(server.s3);
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

    it('does not queue behind what transfers over the same client', async () => {
      const config = { ...settingsFor(server.s3), transfer: { concurrency: 2 } };
      const failing = open({ config });
      failing.write(BYTES);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      const fault = server.s3.on('UploadPart', ({ key }) => key === 'busy', { stall: 'before' });
      const busy = open({ config, key: 'busy' });
      busy.on('error', () => undefined).write(BYTES);
      await server.s3.waitFor('UploadPart', 6);
      failing.on('error', () => undefined).destroy();
      assert.equal((await failing.settled).cleanup, 'confirmed');
      assert.equal(fault.fired, 2);
      busy.destroy();
      assert.equal((await busy.settled).cleanup, 'confirmed');
      assertNothingLeft(server.s3);
    });

    it('does not wait for a source that stalls', async () => {
      const stalled = new Readable({ read: () => undefined });
      stalled.push(BYTES.subarray(0, 2.5 * PART));
      const controller = new AbortController();
      const sink = open();
      const done = rejection(pipeline(stalled, sink, { signal: controller.signal }));
      await server.s3.waitFor('UploadPart', 2, 'ended');
      const abortedAt = performance.now();
      controller.abort();
      await done;
      assert.ok(performance.now() - abortedAt < 1_000);
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft(server.s3);
    });
  });

  describe('the removal fails', () => {
    it('repeats it until the upload is gone', async () => {
      const fault = server.s3.on('AbortMultipartUpload', (request) => request.nth <= 2, {
        status: 500,
        code: 'InternalError',
      });
      const sink = open();
      sink.write(BYTES);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(fault.fired, 2);
      assertNothingLeft(server.s3);
    });

    it('repeats it while a late part is still listed', async () => {
      // As if it were gone, while its parts are still there.
      const late = server.s3.on('AbortMultipartUpload', 1, { status: 204, code: 'NotYet' });
      const sink = open();
      sink.write(BYTES);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(late.fired, 1);
      assertNothingLeft(server.s3);
    });

    it('names the upload when it cannot be removed in time', async () => {
      leavesUploads(server.s3, 1);
      const fault = server.s3.on('AbortMultipartUpload', 'always', { status: 500, code: 'InternalError' });
      const sink = open({ cleanupTimeout: 300 });
      sink.write(BYTES);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      const startedAt = performance.now();
      sink.on('error', () => undefined).destroy();
      const { cleanup, leftover } = await sink.settled;
      assert.ok(performance.now() - startedAt < 1_000);
      assert.ok(fault.fired >= 2);
      assert.equal(cleanup, 'unconfirmed');
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId: server.s3.uploads()[0]?.uploadId });
    });

    for (const { title, action } of [
      { title: 'fails', action: { status: 500, code: 'InternalError' } },
      { title: 'is not answered', action: { stall: 'before' } },
      { title: 'is cut off', action: { reset: 'before' } },
      { title: 'is refused', action: { status: 403, code: 'AccessDenied' } },
    ] as const) {
      it(`keeps what broke the upload as the error, and names the upload, when its removal ${title}`, async () => {
        const broken = server.s3.on('UploadPart', ({ partNumber }) => partNumber === 3, {
          ...{ status: 403, code: 'InvalidAccessKeyId' },
        });
        const removal = server.s3.on('AbortMultipartUpload', 'always', action);
        leavesUploads(server.s3, 1);
        const { signal } = new AbortController();
        const sink = open({ cleanupTimeout: 400, signal });
        const startedAt = performance.now();
        const error = await connectorRejection(pipeline(chunked(), sink));
        assert.ok(performance.now() - startedAt < 2_000);
        assert.equal(broken.fired, 1);
        assert.ok(removal.fired >= 1);
        assert.deepEqual({ code: error.code, status: error.status }, { code: 'AUTH_FAILED', status: 403 });
        const settled = await sink.settled;
        assert.equal(settled.error, error);
        assert.deepEqual(
          { outcome: settled.outcome, cleanup: settled.cleanup, leftover: settled.leftover },
          {
            ...{ outcome: 'not-done', cleanup: 'unconfirmed' },
            leftover: { bucket: BUCKET, key: 'key', uploadId: server.s3.uploads()[0]?.uploadId },
          },
        );
        assert.equal(server.s3.getObject(BUCKET, 'key'), undefined);
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('keeps what the source threw as the cause when the removal fails', async () => {
      const removal = server.s3.on('AbortMultipartUpload', 'always', { status: 500, code: 'InternalError' });
      leavesUploads(server.s3, 1);
      const boom = new Error('the source broke');
      const broken = Readable.from(
        (async function* () {
          yield BYTES;
          await server.s3.waitFor('UploadPart', 4, 'ended');
          throw boom;
        })(),
      );
      const sink = open({ cleanupTimeout: 300 });
      assert.equal(await rejection(pipeline(broken, sink)), boom);
      assert.ok(removal.fired >= 2);
      const { error, cleanup, leftover } = await sink.settled;
      assert.deepEqual(
        { code: error?.code, cause: error?.cause, cleanup, uploadId: leftover?.['uploadId'] },
        { code: 'PIPELINE_FAILED', cause: boom, cleanup: 'unconfirmed', uploadId: server.s3.uploads()[0]?.uploadId },
      );
    });

    it('names the upload at once when removing it is not permitted', async () => {
      leavesUploads(server.s3, 1);
      const fault = server.s3.on('AbortMultipartUpload', 'always', { status: 403, code: 'AccessDenied' });
      const sink = open();
      sink.write(BYTES);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      assert.equal((await sink.settled).cleanup, 'unconfirmed');
      assert.equal(fault.fired, 1);
    });

    it('names what it cannot identify when the answer to Create was lost', async () => {
      leavesUploads(server.s3, 1);
      const fault = server.s3.on('CreateMultipartUpload', 1, { reset: 'after' });
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      const { cleanup, leftover } = await sink.settled;
      assert.equal(cleanup, 'unconfirmed');
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'key', uploadId: server.s3.uploads()[0]?.uploadId });
      assert.equal(requests(server.s3, 'AbortMultipartUpload').length, 0);
    });

    it('names the key when a Create that nobody answered may still be on its way', async () => {
      const fault = server.s3.on('CreateMultipartUpload', 1, { reset: 'before' });
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      const { cleanup, leftover } = await sink.settled;
      assert.deepEqual([cleanup, leftover], ['unconfirmed', { bucket: BUCKET, key: 'key' }]);
    });

    it('is confirmed when the Create was answered with a failure, and made nothing', async () => {
      const fault = server.s3.on('CreateMultipartUpload', 1, { status: 500, code: 'InternalError' });
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.s3, 'ListMultipartUploads').length, 1);
      assert.equal((await sink.settled).cleanup, 'confirmed');
    });
  });
});
