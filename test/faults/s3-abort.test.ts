import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { useAborting } from '../connectors/s3/aborting.ts';
import { BUCKET, assertSameBytes, connectorRejection, readAll, rejection, summary } from '../connectors/s3/support.ts';
import { BYTES } from '../connectors/s3/writing.ts';

const reason = new Error('the user had enough');

describe('aborts of the S3 streams', () => {
  const on = useAborting();

  describe('the signal has fired before', () => {
    it('opens no socket for a source', async () => {
      on.controller.abort(reason);
      const opened = on.source();
      const error = await connectorRejection(readAll(opened));
      assert.deepEqual(
        { name: error.name, code: error.code, cause: error.cause },
        { name: 'AbortError', code: 'ABORTED', cause: reason },
      );
      assert.equal((await opened.settled).outcome, 'not-done');
      assert.equal(on.proxy.connections, 0);
      assert.deepEqual(on.s3.operations, []);
    });

    it('opens no socket for a sink', async () => {
      on.controller.abort(reason);
      const opened = on.sink();
      const error = await connectorRejection(pipeline(Readable.from([BYTES]), opened));
      assert.equal(error.cause, reason);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ABORTED', stage: 'configure', retryable: false },
      });
      assert.equal(on.proxy.connections, 0);
      assert.deepEqual(on.s3.operations, []);
    });
  });

  describe('the signal fires on the way', () => {
    it('before the first byte of a source', async () => {
      const fault = on.s3.on('GetObject', 1, { stall: 'before' });
      const opened = on.source();
      const reading = connectorRejection(readAll(opened));
      await fault.firstFired;
      const abortedAt = performance.now();
      on.controller.abort(reason);
      const error = await reading;
      assert.ok(performance.now() - abortedAt < 500);
      assert.deepEqual(
        { code: error.code, stage: error.stage, cause: error.cause },
        { code: 'ABORTED', stage: 'open', cause: reason },
      );
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.equal((await on.s3.waitFor('GetObject', 1, 'ended')).aborted, true);
    });

    it('in the middle of a body, with all requests cut', async () => {
      const fault = on.s3.on('GetObject', 2, { stall: { afterBytes: 100 } });
      const opened = on.source();
      const reading = connectorRejection(readAll(opened));
      await fault.firstFired;
      on.controller.abort(reason);
      const error = await reading;
      assert.deepEqual(
        { code: error.code, stage: error.stage, cause: error.cause },
        { code: 'ABORTED', stage: 'transfer', cause: reason },
      );
      assert.equal((await opened.settled).outcome, 'not-done');
      assert.equal((await on.s3.waitFor('GetObject', 2, 'ended')).aborted, true);
    });

    it('while a source waits before it tries again', async () => {
      const fault = on.s3.on('GetObject', 'always', {
        status: 503,
        code: 'SlowDown',
        headers: { 'retry-after': '20' },
      });
      const opened = on.source();
      const reading = connectorRejection(readAll(opened));
      await on.s3.waitFor('GetObject', 1, 'ended');
      on.controller.abort(reason);
      const startedAt = performance.now();
      assert.equal((await reading).code, 'ABORTED');
      assert.ok(performance.now() - startedAt < 500);
      assert.equal(fault.fired, 1);
    });

    it('while the next stage holds a source back', async () => {
      const opened = on.source();
      const stuck = new Writable({ write: () => undefined });
      const done = rejection(pipeline(opened, stuck));
      await once(opened, 'data');
      on.controller.abort(reason);
      assert.equal(await done.then((error) => error.cause), reason);
      assert.equal((await opened.settled).cleanup, 'confirmed');
    });

    it('while a sink begins its upload', async () => {
      const fault = on.s3.on('CreateMultipartUpload', 1, { delayMs: 150, when: 'after' });
      const opened = on.sink();
      const done = connectorRejection(pipeline(Readable.from([BYTES]), opened));
      await on.s3.waitFor('CreateMultipartUpload', 1);
      on.controller.abort(reason);
      assert.equal((await done).cause, reason);
      assert.equal(fault.fired, 1);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ABORTED', stage: 'open', retryable: false },
      });
      assert.deepEqual(on.s3.uploads(), []);
    });

    it('before the end of a small object, which is then never put', async () => {
      const opened = on.sink();
      opened.on('error', () => undefined).write('small');
      on.controller.abort(reason);
      const { outcome, cleanup, error } = await opened.settled;
      assert.deepEqual([outcome, cleanup, error?.cause], ['not-done', 'confirmed', reason]);
      assert.deepEqual(on.s3.operations, []);
    });

    it('while parts are in flight', async () => {
      const fault = on.s3.on('UploadPart', 'always', { stall: 'before' });
      const opened = on.sink();
      const done = connectorRejection(pipeline(Readable.from([BYTES]), opened));
      await fault.firstFired;
      const abortedAt = performance.now();
      on.controller.abort(reason);
      const error = await done;
      assert.ok(performance.now() - abortedAt < 1_000);
      assert.deepEqual({ code: error.code, stage: error.stage }, { code: 'ABORTED', stage: 'transfer' });
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(on.s3.uploads(), []);
      assert.equal(on.s3.getObject(BUCKET, 'new'), undefined);
    });

    it('during the commit: the truth is waited for, and it is that the object is there', async () => {
      const fault = on.s3.on('CompleteMultipartUpload', 1, { delayMs: 150 });
      const opened = on.sink();
      const done = rejection(pipeline(Readable.from([BYTES]), opened, { signal: on.controller.signal }));
      await on.s3.waitFor('CompleteMultipartUpload', 1);
      on.controller.abort(reason);
      await done;
      assert.equal(fault.fired, 1);
      const { outcome, cleanup, result } = await opened.settled;
      assert.deepEqual(
        { outcome, cleanup, bytes: result?.bytes },
        { outcome: 'done', cleanup: 'confirmed', bytes: BYTES.length },
      );
      assertSameBytes(on.s3.getObject(BUCKET, 'new') ?? Buffer.alloc(0), BYTES);
    });

    it('during a commit that fails: nothing was written and nothing is left', async () => {
      const fault = on.s3.on('CompleteMultipartUpload', 'always', { status: 403, code: 'AccessDenied' });
      on.s3.on('CompleteMultipartUpload', 'always', { delayMs: 150 });
      const opened = on.sink();
      const done = rejection(pipeline(Readable.from([BYTES]), opened, { signal: on.controller.signal }));
      await on.s3.waitFor('CompleteMultipartUpload', 1);
      on.controller.abort(reason);
      await done;
      assert.equal(fault.fired, 1);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ACCESS_DENIED', stage: 'commit', retryable: false },
      });
      assert.deepEqual(on.s3.uploads(), []);
      assert.equal(on.s3.getObject(BUCKET, 'new'), undefined);
    });
  });
});
