import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  BYTES,
  CONTAINER,
  PART,
  PATH,
  assertNothingLeft,
  openSink,
  requests,
  stored,
  useAdlsServer,
} from '../connectors/adls2/writing.ts';
import { connectorRejection, listenersOn, rejection } from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';
import { isTemporaryName } from '../../src/connectors/adls2/temporary-name.ts';
import { leavesTemporaryPaths, temporaryPaths } from '../support/watches/temporary-paths.ts';

describe('what a failed write to ADLS leaves', () => {
  const server = useAdlsServer();
  const open = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.adls, options);
  const leftover = () => ({ container: CONTAINER, path: PATH, temporaryPath: temporaryPaths(server.adls)[0] });

  describe('the source fails', () => {
    for (const { title, length } of [
      { title: 'at 0 bytes', length: 0 },
      { title: 'within the first part', length: PART - 1 },
      { title: 'after two and a half parts', length: 2.5 * PART },
    ]) {
      it(`leaves the old file and nothing else, confirmed before the pipeline rejects, ${title}`, async () => {
        server.adls.putFile(CONTAINER, PATH, 'older');
        const boom = new Error('the source broke');
        const broken = Readable.from(
          (async function* () {
            if (length > 0) yield BYTES.subarray(0, length);
            if (length > PART) await server.adls.waitFor('AppendFile', 2, 'ended');
            throw boom;
          })(),
        );
        const { signal } = new AbortController();
        const sink = open({ signal });
        assert.equal(await rejection(pipeline(broken, sink)), boom);
        assert.deepEqual(temporaryPaths(server.adls), []);
        assert.equal(stored(server.adls).toString(), 'older');
        assert.equal(requests(server.adls, 'DeletePath').length, length > PART ? 1 : 0);
        const { outcome, cleanup, error } = await sink.settled;
        assert.deepEqual({ outcome, cleanup }, { outcome: 'not-done', cleanup: 'confirmed' });
        assert.deepEqual([error?.code, error?.cause], ['PIPELINE_FAILED', boom]);
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('does not wait for a source that stalls', async () => {
      const stalled = new Readable({ read: () => undefined });
      stalled.push(BYTES.subarray(0, 2.5 * PART));
      const controller = new AbortController();
      const sink = open();
      const done = rejection(pipeline(stalled, sink, { signal: controller.signal }));
      await server.adls.waitFor('AppendFile', 2, 'ended');
      controller.abort();
      await done;
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft(server.adls);
    });
  });

  it('does not wait for a source that is destroyed without an error', async () => {
    const gone = new Readable({ read: () => undefined });
    gone.push(BYTES.subarray(0, 2.5 * PART));
    server.adls.putFile(CONTAINER, PATH, 'older');
    const sink = open();
    const done = rejection(pipeline(gone, sink));
    await server.adls.waitFor('AppendFile', 2, 'ended');
    gone.destroy();
    await done;
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup, stored(server.adls).toString()], ['not-done', 'confirmed', 'older']);
    assert.deepEqual(temporaryPaths(server.adls), []);
  });

  describe('the removal fails', () => {
    const destroyed = async (options: Parameters<typeof openSink>[1] = {}) => {
      const sink = open(options);
      sink.write(BYTES);
      await server.adls.waitFor('AppendFile', 4, 'ended');
      sink.on('error', () => undefined).destroy();
      return sink.settled;
    };

    it('repeats it until the temporary path is gone', async () => {
      const fault = server.adls.on('DeletePath', ({ nth }) => nth <= 2, { status: 500, code: 'InternalError' });
      assert.equal((await destroyed()).cleanup, 'confirmed');
      assert.equal(fault.fired, 2);
      assertNothingLeft(server.adls);
    });

    it('is confirmed by a repetition that finds nothing when its answer was lost', async () => {
      const fault = server.adls.on('DeletePath', 1, { reset: 'after' });
      assert.equal((await destroyed()).cleanup, 'confirmed');
      assert.equal(fault.fired, 1);
      assert.deepEqual(
        requests(server.adls, 'DeletePath').map(({ status }) => status),
        [200, 404],
      );
    });

    for (const { title, action } of [
      { title: 'fails', action: { status: 500, code: 'InternalError' } },
      { title: 'is not answered', action: { stall: 'before' } },
      { title: 'is cut off', action: { reset: 'before' } },
      { title: 'is refused', action: { status: 403, code: 'AuthorizationPermissionMismatch' } },
      { title: 'meets a lease', action: { status: 412, code: 'LeaseIdMissing' } },
    ] as const) {
      it(`keeps what broke the write as the error, and names the temporary path, when its removal ${title}`, async () => {
        const broken = server.adls.on('AppendFile', ({ position }) => position === 2 * PART, {
          ...{ status: 403, code: 'AuthenticationFailed' },
        });
        const removal = server.adls.on('DeletePath', 'always', action);
        leavesTemporaryPaths(server.adls, 1);
        const { signal } = new AbortController();
        const sink = open({ cleanupTimeout: 400, signal });
        const error = await connectorRejection(pipeline(chunked(), sink));
        assert.equal(broken.fired, 1);
        assert.ok(removal.fired >= 1);
        assert.deepEqual({ code: error.code, status: error.status }, { code: 'AUTH_FAILED', status: 403 });
        const settled = await sink.settled;
        assert.equal(settled.error, error);
        assert.deepEqual(
          { outcome: settled.outcome, cleanup: settled.cleanup, leftover: settled.leftover },
          { outcome: 'not-done', cleanup: 'unconfirmed', leftover: leftover() },
        );
        const [left = ''] = temporaryPaths(server.adls);
        assert.ok(isTemporaryName(left));
        assert.equal(listenersOn(signal), 0);
      });
    }

    it('names the temporary path at once when removing it is not permitted', async () => {
      leavesTemporaryPaths(server.adls, 1);
      const fault = server.adls.on('DeletePath', 'always', { status: 403, code: 'AuthorizationPermissionMismatch' });
      const { cleanup, leftover: named } = await destroyed();
      assert.equal(fault.fired, 1);
      assert.deepEqual([cleanup, named], ['unconfirmed', leftover()]);
    });
  });

  describe('the Create fails', () => {
    const failed = async () => {
      const sink = open({ retry: false });
      await connectorRejection(pipeline(chunked(), sink));
      return sink.settled;
    };

    it('removes what it made when its answer was lost', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { reset: 'after' });
      assert.equal((await failed()).cleanup, 'confirmed');
      assert.equal(fault.fired, 1);
      assertNothingLeft(server.adls);
    });

    it('names the path when nobody answered and it may still be on its way', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { reset: 'before' });
      const { cleanup, leftover: named } = await failed();
      assert.equal(fault.fired, 1);
      assert.equal(cleanup, 'unconfirmed');
      assert.equal(
        named?.['temporaryPath'],
        server.adls.operations.find(({ operation }) => operation === 'CreatePathFile')?.path,
      );
    });

    it('is confirmed when it was answered with a failure, and made nothing', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { status: 500, code: 'InternalError' });
      assert.equal((await failed()).cleanup, 'confirmed');
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.adls, 'DeletePath').length, 1);
    });

    it('removes nothing when it was refused', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { status: 403, code: 'AuthorizationPermissionMismatch' });
      assert.equal((await failed()).cleanup, 'confirmed');
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.adls, 'DeletePath').length, 0);
    });
  });
});
