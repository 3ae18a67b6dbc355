import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../src/connectors/s3/object-sink.ts';
import type { S3ObjectSinkOptions } from '../../src/connectors/s3/object-sink.ts';
import { s3Source } from '../../src/connectors/s3/source.ts';
import type { S3SourceOptions } from '../../src/connectors/s3/source.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  TINY_LIMITS,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  readAll,
  rejection,
  requests,
  settingsFor,
  summary,
  useS3Server,
} from '../connectors/s3/support.ts';

const PART = 16 * KIB;
const bytes = patterned(4 * PART + 1234);
const limits = { ...TINY_LIMITS, maxParts: 100 };
const reason = new Error('the user had enough');

describe('aborts and deadlines of the S3 streams', () => {
  const server = useS3Server({ limits });
  let proxy: ChaosProxy;
  let controller: AbortController;

  beforeEach(async () => {
    proxy = await startChaosProxy({ host: '127.0.0.1', port: server.s3.port });
    controller = new AbortController();
    server.s3.putObject(BUCKET, 'key', bytes);
  });
  afterEach(async () => {
    assert.equal(listenersOn(controller.signal), 0);
    await proxy.close();
  });

  const common = () => ({
    partSize: PART,
    config: settingsFor(server.s3, proxy.port),
    retry: QUICK,
    signal: controller.signal,
  });
  const source = (options: S3SourceOptions = {}) => s3Source(`s3://${BUCKET}/key`, { ...common(), ...options });
  const sink = (options: Partial<S3ObjectSinkOptions> = {}) =>
    s3ObjectSink({ bucket: BUCKET, key: 'new', limits, ...common(), ...options });
  const nothing = () => new Writable({ write: (_chunk, _encoding, callback) => callback() });
  const stored = () => server.s3.getObject(BUCKET, 'new');

  describe('A3: the signal has fired before', () => {
    it('opens no socket for a source', async () => {
      controller.abort(reason);
      const opened = source();
      const error = await connectorRejection(readAll(opened));
      assert.deepEqual(
        { name: error.name, code: error.code, cause: error.cause },
        { name: 'AbortError', code: 'ABORTED', cause: reason },
      );
      assert.equal((await opened.settled).outcome, 'not-done');
      assert.equal(proxy.connections, 0);
      assert.deepEqual(server.s3.operations, []);
    });

    it('opens no socket for a sink', async () => {
      controller.abort(reason);
      const opened = sink();
      const error = await connectorRejection(pipeline(Readable.from([bytes]), opened));
      assert.equal(error.cause, reason);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ABORTED', stage: 'configure', retryable: false },
      });
      assert.equal(proxy.connections, 0);
      assert.deepEqual(server.s3.operations, []);
    });
  });

  describe('A1: the signal fires on the way', () => {
    it('before the first byte of a source', async () => {
      const fault = server.s3.on('GetObject', 1, { stall: 'before' });
      const opened = source();
      const reading = connectorRejection(readAll(opened));
      await fault.firstFired;
      const abortedAt = performance.now();
      controller.abort(reason);
      const error = await reading;
      assert.ok(performance.now() - abortedAt < 500);
      assert.deepEqual(
        { code: error.code, stage: error.stage, cause: error.cause },
        { code: 'ABORTED', stage: 'open', cause: reason },
      );
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.equal((await server.s3.waitFor('GetObject', 1, 'ended')).aborted, true);
    });

    it('in the middle of a body, with all requests cut', async () => {
      const fault = server.s3.on('GetObject', 2, { stall: { afterBytes: 100 } });
      const opened = source();
      const reading = connectorRejection(readAll(opened));
      await fault.firstFired;
      controller.abort(reason);
      const error = await reading;
      assert.deepEqual(
        { code: error.code, stage: error.stage, cause: error.cause },
        { code: 'ABORTED', stage: 'transfer', cause: reason },
      );
      assert.equal((await opened.settled).outcome, 'not-done');
      assert.equal((await server.s3.waitFor('GetObject', 2, 'ended')).aborted, true);
    });

    it('while a source waits before it tries again', async () => {
      const fault = server.s3.on('GetObject', 'always', {
        status: 503,
        code: 'SlowDown',
        headers: { 'retry-after': '20' },
      });
      const opened = source();
      const reading = connectorRejection(readAll(opened));
      await server.s3.waitFor('GetObject', 1, 'ended');
      controller.abort(reason);
      const startedAt = performance.now();
      assert.equal((await reading).code, 'ABORTED');
      assert.ok(performance.now() - startedAt < 500);
      assert.equal(fault.fired, 1);
    });

    it('while the next stage holds a source back', async () => {
      const opened = source();
      const stuck = new Writable({ write: () => undefined });
      const done = rejection(pipeline(opened, stuck));
      await once(opened, 'data');
      controller.abort(reason);
      assert.equal(await done.then((error) => error.cause), reason);
      assert.equal((await opened.settled).cleanup, 'confirmed');
    });

    it('while a sink begins its upload', async () => {
      const fault = server.s3.on('CreateMultipartUpload', 1, { delayMs: 150, when: 'after' });
      const opened = sink();
      const done = connectorRejection(pipeline(Readable.from([bytes]), opened));
      await server.s3.waitFor('CreateMultipartUpload', 1);
      controller.abort(reason);
      assert.equal((await done).cause, reason);
      assert.equal(fault.fired, 1);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ABORTED', stage: 'open', retryable: false },
      });
      assert.deepEqual(server.s3.uploads(), []);
    });

    it('while parts are in flight', async () => {
      const fault = server.s3.on('UploadPart', 'always', { stall: 'before' });
      const opened = sink();
      const done = connectorRejection(pipeline(Readable.from([bytes]), opened));
      await fault.firstFired;
      const abortedAt = performance.now();
      controller.abort(reason);
      const error = await done;
      assert.ok(performance.now() - abortedAt < 1_000);
      assert.deepEqual({ code: error.code, stage: error.stage }, { code: 'ABORTED', stage: 'transfer' });
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(server.s3.uploads(), []);
      assert.equal(stored(), undefined);
    });

    it('during the commit: the truth is waited for, and it is that the object is there', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 1, { delayMs: 150 });
      const opened = sink();
      const done = rejection(pipeline(Readable.from([bytes]), opened, { signal: controller.signal }));
      await server.s3.waitFor('CompleteMultipartUpload', 1);
      controller.abort(reason);
      await done;
      assert.equal(fault.fired, 1);
      const { outcome, cleanup, result } = await opened.settled;
      assert.deepEqual(
        { outcome, cleanup, bytes: result?.bytes },
        { outcome: 'done', cleanup: 'confirmed', bytes: bytes.length },
      );
      assertSameBytes(stored() ?? Buffer.alloc(0), bytes);
    });

    it('during a commit that fails: nothing was written and nothing is left', async () => {
      const fault = server.s3.on('CompleteMultipartUpload', 'always', { status: 403, code: 'AccessDenied' });
      server.s3.on('CompleteMultipartUpload', 'always', { delayMs: 150 });
      const opened = sink();
      const done = rejection(pipeline(Readable.from([bytes]), opened, { signal: controller.signal }));
      await server.s3.waitFor('CompleteMultipartUpload', 1);
      controller.abort(reason);
      await done;
      assert.equal(fault.fired, 1);
      assert.deepEqual(summary(await opened.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'ACCESS_DENIED', stage: 'commit', retryable: false },
      });
      assert.deepEqual(server.s3.uploads(), []);
      assert.equal(stored(), undefined);
    });
  });

  describe('the network is dead', () => {
    it('settles within cleanupTimeout and names what may remain', async () => {
      const opened = sink({ cleanupTimeout: 300 });
      opened.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      proxy.stallAll();
      const abortedAt = performance.now();
      const failed = once(opened, 'error');
      controller.abort(reason);
      await failed;
      const took = performance.now() - abortedAt;
      const { outcome, cleanup, leftover } = await opened.settled;
      assert.ok(took >= 250 && took < 1_500, `took ${took} ms`);
      assert.deepEqual({ outcome, cleanup }, { outcome: 'not-done', cleanup: 'unconfirmed' });
      assert.deepEqual(leftover, { bucket: BUCKET, key: 'new', uploadId: server.s3.uploads()[0]?.uploadId });
    });

    it('comes back: the upload is removed after all', async () => {
      const opened = sink({ cleanupTimeout: 3_000 });
      opened.write(bytes);
      await server.s3.waitFor('UploadPart', 4, 'ended');
      proxy.resetAll();
      const failed = once(opened, 'error');
      controller.abort(reason);
      await failed;
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(server.s3.uploads(), []);
    });
  });

  describe('the timeout runs out', () => {
    it('while a source connects', async () => {
      proxy.plan(() => ({ stallConnect: true }));
      const startedAt = performance.now();
      const opened = source({ timeout: 200 });
      const error = await connectorRejection(readAll(opened));
      const took = performance.now() - startedAt;
      assert.deepEqual(
        { code: error.code, stage: error.stage, retryable: error.retryable },
        { code: 'DEADLINE_EXCEEDED', stage: 'open', retryable: true },
      );
      assert.ok(took >= 190 && took < 1_500, `took ${took} ms`);
      assert.ok(proxy.log.some(({ event }) => event === 'stalled'));
      assert.equal((await opened.settled).cleanup, 'confirmed');
    });

    it('while a sink connects', async () => {
      proxy.plan(() => ({ stallConnect: true }));
      const startedAt = performance.now();
      const opened = sink({ timeout: 200, cleanupTimeout: 200 });
      const error = await connectorRejection(pipeline(Readable.from([bytes]), opened));
      const took = performance.now() - startedAt;
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
      assert.ok(took >= 190 && took < 1_500, `took ${took} ms`);
      assert.ok(proxy.log.some(({ event }) => event === 'stalled'));
      // Whether the Create arrived cannot be known.
      assert.equal((await opened.settled).cleanup, 'unconfirmed');
      assert.equal((await opened.settled).outcome, 'not-done');
    });

    it('in the middle of a body', async () => {
      const fault = server.s3.on('GetObject', 2, { stall: { afterBytes: 100 } });
      const opened = source({ timeout: 300 });
      const startedAt = performance.now();
      const error = await connectorRejection(pipeline(opened, nothing()));
      const took = performance.now() - startedAt;
      assert.equal(fault.fired, 1);
      assert.deepEqual({ code: error.code, stage: error.stage }, { code: 'DEADLINE_EXCEEDED', stage: 'transfer' });
      assert.ok(took >= 250 && took < 1_500, `took ${took} ms`);
      assert.equal((await opened.settled).outcome, 'not-done');
    });

    it('while parts are in flight, and the clean-up still runs', async () => {
      const fault = server.s3.on('UploadPart', 3, { stall: 'before' });
      const opened = sink({ timeout: 300 });
      const error = await connectorRejection(pipeline(Readable.from([bytes]), opened));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
      assert.equal((await opened.settled).cleanup, 'confirmed');
      assert.deepEqual(server.s3.uploads(), []);
    });
  });

  it('gives up a connection that is not accepted, without the timeout of a whole operation', async () => {
    const config = { ...settingsFor(server.s3, proxy.port), timeouts: { connect: 100 } };
    proxy.plan(() => ({ refuse: true }));
    const error = await connectorRejection(readAll(source({ config, retry: { ...QUICK, attempts: 2 } })));
    assert.equal(error.code, 'CONNECTION_LOST');
    assert.equal(proxy.connections, 2);
    assert.equal(requests(server.s3, 'GetObject').length, 0);
  });
});
