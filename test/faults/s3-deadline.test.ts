import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { useAborting } from '../connectors/s3/aborting.ts';
import { BUCKET, QUICK, connectorRejection, readAll, requests, settingsFor } from '../connectors/s3/support.ts';
import { BYTES } from '../connectors/s3/writing.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

const reason = new Error('the user had enough');

describe('deadlines of the S3 streams, and a network that is gone', () => {
  const on = useAborting();
  const nothing = () => new Writable({ write: (_chunk, _encoding, callback) => callback() });

  describe('the network is dead', () => {
    it('settles within cleanupTimeout and names what may remain', async () => {
      leavesUploads(on.s3, 1);
      const opened = on.sink({ cleanupTimeout: 300 });
      opened.write(BYTES);
      await on.s3.waitFor('UploadPart', 4, 'ended');
      on.proxy.stallAll();
      const abortedAt = performance.now();
      const failed = once(opened, 'error');
      on.controller.abort(reason);
      await failed;
      const took = performance.now() - abortedAt;
      const { outcome, cleanup, leftover } = await opened.settled;
      assert.ok(took >= 250 && took < 1_500, `took ${took} ms`);
      assert.deepEqual({ outcome, cleanup }, { outcome: 'not-done', cleanup: 'unconfirmed' });
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'new', uploadId: on.s3.uploads()[0]?.uploadId });
    });

    it('comes back: the upload is removed after all', async () => {
      const opened = on.sink({ cleanupTimeout: 3_000 });
      opened.write(BYTES);
      await on.s3.waitFor('UploadPart', 4, 'ended');
      on.proxy.resetAll();
      const failed = once(opened, 'error');
      on.controller.abort(reason);
      await failed;
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(on.s3.uploads(), []);
    });
  });

  describe('the timeout runs out', () => {
    it('while a source connects', async () => {
      on.proxy.plan(() => ({ stallConnect: true }));
      const startedAt = performance.now();
      const opened = on.source({ timeout: 200 });
      const error = await connectorRejection(readAll(opened));
      const took = performance.now() - startedAt;
      assert.deepEqual(
        { code: error.code, stage: error.stage, retryable: error.retryable },
        { code: 'DEADLINE_EXCEEDED', stage: 'open', retryable: true },
      );
      assert.ok(took >= 190 && took < 1_500, `took ${took} ms`);
      assert.ok(on.proxy.log.some(({ event }) => event === 'stalled'));
      assert.equal((await opened.settled).cleanup, 'confirmed');
    });

    it('while a sink connects', async () => {
      on.proxy.plan(() => ({ stallConnect: true }));
      const startedAt = performance.now();
      const opened = on.sink({ timeout: 200, cleanupTimeout: 200 });
      const error = await connectorRejection(pipeline(Readable.from([BYTES]), opened));
      const took = performance.now() - startedAt;
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
      assert.ok(took >= 190 && took < 1_500, `took ${took} ms`);
      assert.ok(on.proxy.log.some(({ event }) => event === 'stalled'));
      // Whether the Create arrived cannot be known.
      assert.equal((await opened.settled).cleanup, 'unconfirmed');
      assert.equal((await opened.settled).outcome, 'not-done');
    });

    it('in the middle of a body', async () => {
      const fault = on.s3.on('GetObject', 2, { stall: { afterBytes: 100 } });
      const opened = on.source({ timeout: 300 });
      const startedAt = performance.now();
      const error = await connectorRejection(pipeline(opened, nothing()));
      const took = performance.now() - startedAt;
      assert.equal(fault.fired, 1);
      assert.deepEqual({ code: error.code, stage: error.stage }, { code: 'DEADLINE_EXCEEDED', stage: 'transfer' });
      assert.ok(took >= 250 && took < 1_500, `took ${took} ms`);
      assert.equal((await opened.settled).outcome, 'not-done');
    });

    it('while parts are in flight, and the clean-up still runs', async () => {
      const fault = on.s3.on('UploadPart', 3, { stall: 'before' });
      const opened = on.sink({ timeout: 300 });
      const error = await connectorRejection(pipeline(Readable.from([BYTES]), opened));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(on.s3.uploads(), []);
    });
  });

  it('gives up a connection that is not accepted, without the timeout of a whole operation', async () => {
    const config = { ...settingsFor(on.s3, on.proxy.port), timeouts: { connect: 100 } };
    on.proxy.plan(() => ({ refuse: true }));
    const error = await connectorRejection(readAll(on.source({ config, retry: { ...QUICK, attempts: 2 } })));
    assert.equal(error.code, 'CONNECTION_LOST');
    assert.equal(on.proxy.connections, 2);
    assert.equal(requests(on.s3, 'GetObject').length, 0);
  });
});
