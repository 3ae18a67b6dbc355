import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ADLS_LIMITS, adlsFileSink } from '../../src/connectors/adls2/file-sink.ts';
import {
  BYTES,
  CONTAINER,
  PART,
  PATH,
  assertNothingLeft,
  openSink,
  requests,
  settingsFor,
  stored,
  useAdlsServer,
} from '../connectors/adls2/writing.ts';
import {
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  summary,
} from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';

const ATTEMPTS = { ...QUICK, attempts: 3 };

describe('faults while writing a file of ADLS', () => {
  const server = useAdlsServer();
  const open = (options: Parameters<typeof openSink>[1] = {}) => openSink(server.adls, options);

  describe('an append fails', () => {
    for (const [status, code] of [
      [408, 'RequestTimeout'],
      [429, 'TooManyRequests'],
      [500, 'InternalError'],
      [502, 'BadGateway'],
      [503, 'ServerBusy'],
      [504, 'GatewayTimeout'],
    ] as const) {
      it(`sends it alone again after ${status}, with the same bytes`, async () => {
        let left = 1;
        const fault = server.adls.on('AppendFile', ({ position }) => position === 2 * PART && left-- > 0, {
          status,
          code,
        });
        const sink = open();
        await pipeline(chunked(), sink);
        assert.equal(fault.fired, 1);
        const sent = requests(server.adls, 'AppendFile').map(({ position = -1 }) => position / PART);
        assert.deepEqual(sent.sort(), [0, 1, 2, 2, 3, 4]);
        assertSameBytes(stored(server.adls), BYTES);
        assert.equal(sink.result?.parts, 5);
      });
    }

    it('leaves the old file and nothing else when it always fails', async () => {
      server.adls.putFile(CONTAINER, PATH, 'older');
      const fault = server.adls.on('AppendFile', ({ position }) => position === 2 * PART, {
        ...{ status: 500, code: 'InternalError' },
      });
      const { signal } = new AbortController();
      const sink = open({ signal, retry: ATTEMPTS });
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 3);
      assert.equal(error.status, 500);
      assert.deepEqual(summary(await sink.settled), {
        ...{ outcome: 'not-done', cleanup: 'confirmed' },
        ...{ code: 'SERVER_ERROR', stage: 'transfer', retryable: true },
      });
      assert.equal(stored(server.adls).toString(), 'older');
      assert.equal(listenersOn(signal), 0);
    });

    it('sends one again whose answer was lost, and the file is whole', async () => {
      let left = 1;
      const fault = server.adls.on('AppendFile', ({ position }) => position === PART && left-- > 0, { reset: 'after' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.adls, 'AppendFile').length, 6);
      assertSameBytes(stored(server.adls), BYTES);
    });

    it('is told as a refusal when the temporary path is gone', async () => {
      const fault = server.adls.on('AppendFile', 3, {
        call: ({ path = '' }) => server.adls.deletePath(CONTAINER, path),
      });
      const sink = open();
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.outcome], ['NOT_FOUND', 'not-done']);
      assertNothingLeft(server.adls);
    });
  });

  describe('bytes change on the way', () => {
    it('has ADLS compare each append with its MD5 where that is asked for', async () => {
      const fault = server.adls.on('AppendFile', 2, { status: 400, code: 'Md5Mismatch' });
      const sink = open({ checksum: 'md5' });
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.outcome], ['CHECKSUM_MISMATCH', 'not-done']);
      const sums = requests(server.adls, 'AppendFile').map(({ headers }) => headers['content-md5']);
      assert.equal(sums.includes(undefined), false);
      assertNothingLeft(server.adls);
    });

    it('publishes nothing when ADLS misses bytes at the flush, which is not asked for again', async () => {
      server.adls.putFile(CONTAINER, PATH, 'older');
      const fault = server.adls.on('FlushFile', 'always', { status: 400, code: 'InvalidFlushPosition' });
      const sink = open();
      const error = await connectorRejection(pipeline(chunked(), sink));
      assert.deepEqual([fault.fired, error.code, error.outcome], [1, 'REQUEST_REFUSED', 'not-done']);
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.equal(stored(server.adls).toString(), 'older');
    });

    it('sends none where it is not', async () => {
      await pipeline(chunked(), open());
      const sums = requests(server.adls, 'AppendFile').map(({ headers }) => headers['content-md5']);
      assert.deepEqual(sums, [undefined, undefined, undefined, undefined, undefined]);
    });

    it('publishes nothing of which ADLS holds another length than was sent', async () => {
      const fault = server.adls.on('GetBlobProperties', 1, {
        call: ({ path = '' }) => void server.adls.putFile(CONTAINER, path, 'short'),
      });
      const error = await connectorRejection(pipeline(chunked(), open({ retry: false })));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.outcome], ['SERVER_ERROR', 'not-done']);
      assert.equal(requests(server.adls, 'RenamePath').length, 0);
      assertNothingLeft(server.adls);
    });

    it('publishes nothing that was changed after it was flushed', async () => {
      const fault = server.adls.on('RenamePath', 1, {
        call: ({ renameSource }) => void server.adls.putFile(CONTAINER, renameSource?.path ?? '', BYTES),
      });
      const error = await connectorRejection(pipeline(chunked(), open()));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.outcome, error.status], ['OBJECT_CHANGED', 'not-done', 412]);
      assertNothingLeft(server.adls);
    });
  });

  describe('the answer to another request is lost', () => {
    it('goes on with the file that a Create had made, which its repetition finds in its way', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { reset: 'after' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assert.deepEqual(
        requests(server.adls, 'CreatePathFile').map(({ status }) => status),
        [201, 409],
      );
      assertSameBytes(stored(server.adls), BYTES);
    });

    it('refuses a file that somebody else had at the temporary path', async () => {
      const fault = server.adls.on('CreatePathFile', 1, { status: 409, code: 'PathAlreadyExists' });
      const error = await connectorRejection(pipeline(chunked(), open()));
      assert.equal(fault.fired, 1);
      assert.equal(error.code, 'ALREADY_EXISTS');
      assert.equal(requests(server.adls, 'DeletePath').length, 0);
    });

    it('flushes again, and the file is whole', async () => {
      const fault = server.adls.on('FlushFile', 1, { reset: 'after' });
      await pipeline(chunked(), open());
      assert.equal(fault.fired, 1);
      assert.equal(requests(server.adls, 'FlushFile').length, 2);
      assertSameBytes(stored(server.adls), BYTES);
    });

    for (const operation of ['CreatePathFile', 'FlushFile', 'GetBlobProperties', 'RenamePath'] as const) {
      for (const status of [408, 429, 500, 502, 503, 504]) {
        it(`sends ${operation} again after ${status}`, async () => {
          const fault = server.adls.on(operation, 1, { status, code: 'Failed' });
          await pipeline(chunked(), open());
          assert.equal(fault.fired, 1);
          assertSameBytes(stored(server.adls), BYTES);
        });
      }
    }
  });

  describe('the target', () => {
    for (const { title, data } of [
      { title: 'a small file', data: patterned(100) },
      { title: 'a large one', data: BYTES },
      { title: 'an empty one', data: Buffer.alloc(0) },
    ]) {
      it(`is not replaced by ${title} where that was ruled out`, async () => {
        server.adls.putFile(CONTAINER, PATH, 'older');
        const error = await connectorRejection(pipeline(chunked(data), open({ overwrite: false })));
        assert.deepEqual(
          { code: error.code, outcome: error.outcome, status: error.status },
          { code: 'ALREADY_EXISTS', outcome: 'not-done', status: 409 },
        );
        assert.equal(stored(server.adls).toString(), 'older');
      });

      it(`is made of ${title} where there was none`, async () => {
        await pipeline(chunked(data), open({ overwrite: false }));
        assertSameBytes(stored(server.adls), data);
      });

      it(`is replaced by ${title} in one version, and in no other`, async () => {
        const { etag } = server.adls.putFile(CONTAINER, PATH, 'older');
        await pipeline(chunked(data), open({ ifMatch: etag }));
        assertSameBytes(stored(server.adls), data);
        const error = await connectorRejection(pipeline(chunked(patterned(99)), open({ ifMatch: `"${etag}"` })));
        assert.deepEqual([error.code, error.outcome], ['OBJECT_CHANGED', 'not-done']);
        assertSameBytes(stored(server.adls), data);
      });
    }

    it('that is gone is not replaced', async () => {
      const error = await connectorRejection(pipeline(chunked(), open({ ifMatch: '"0123"' })));
      assert.deepEqual([error.code, error.outcome], ['NOT_FOUND', 'not-done']);
      assertNothingLeft(server.adls);
    });

    it('that another writer replaces at the last moment is told as such', async () => {
      const { etag } = server.adls.putFile(CONTAINER, PATH, 'older');
      const fault = server.adls.on('RenamePath', 1, { call: () => void server.adls.putFile(CONTAINER, PATH, 'newer') });
      const error = await connectorRejection(pipeline(chunked(), open({ ifMatch: etag })));
      assert.equal(fault.fired, 1);
      assert.deepEqual([error.code, error.outcome, error.status], ['OBJECT_CHANGED', 'not-done', 412]);
      assert.equal(stored(server.adls).toString(), 'newer');
    });

    it('that is leased keeps its bytes and its lease', async () => {
      server.adls.putFile(CONTAINER, PATH, 'older');
      await leased(server.adls);
      const error = await connectorRejection(pipeline(chunked(), open()));
      assert.deepEqual([error.code, error.outcome], ['REQUEST_REFUSED', 'not-done']);
      assert.match(error.message, /leased/);
      assert.equal(stored(server.adls).toString(), 'older');
      assert.notEqual(server.adls.paths(CONTAINER).find(({ path }) => path === PATH)?.leaseId, undefined);
    });

    it('that is a directory is refused', async () => {
      server.adls.makeDirectory(CONTAINER, PATH);
      const error = await connectorRejection(pipeline(chunked(), open()));
      assert.deepEqual([error.code, error.outcome], ['REQUEST_REFUSED', 'not-done']);
      assert.match(error.message, /directory/);
    });

    it('below a file is refused', async () => {
      server.adls.putFile(CONTAINER, 'dir', 'a file');
      const error = await connectorRejection(pipeline(chunked(), open()));
      assert.deepEqual([error.code, error.outcome, error.status], ['REQUEST_REFUSED', 'not-done', 409]);
    });

    it('in a container that is not there is not found', async () => {
      const error = await connectorRejection(pipeline(chunked(), open({ container: 'nowhere' })));
      assert.deepEqual([error.code, error.outcome, error.status], ['NOT_FOUND', 'not-done', 404]);
    });

    it('gets the directories above it', async () => {
      await pipeline(chunked(), open({ path: 'some/where/deep/file' }));
      const paths = server.adls.paths(CONTAINER).map(({ path }) => path);
      assert.deepEqual(paths, ['some', 'some/where', 'some/where/deep', 'some/where/deep/file']);
    });
  });

  describe('the limits of the service', () => {
    const five = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 100 * KIB };
    const small = { partSize: 1 * KIB, limits: five, maxBufferedBytes: 128 * KIB };

    it('has appends grow so that an unknown length reaches the largest file', async () => {
      const data = patterned(100 * KIB);
      const sink = open(small);
      await pipeline(chunked(data), sink);
      assert.ok((sink.result?.parts ?? 9) <= 5);
      assertSameBytes(stored(server.adls), data);
    });

    it('refuses the byte that would exceed it, and leaves nothing', async () => {
      const sink = open(small);
      const error = await connectorRejection(pipeline(chunked(patterned(100 * KIB + 1)), sink));
      assert.equal(error.code, 'TOO_LARGE');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assertNothingLeft(server.adls);
    });

    it('refuses an expected size beyond it before the first byte', () => {
      const config = settingsFor(server.adls, server.adls.port);
      const target = { container: CONTAINER, path: PATH, config };
      const tooLarge = ADLS_LIMITS.maxObjectSize + 1;
      assert.throws(() => adlsFileSink({ ...target, expectedBytes: tooLarge }), { code: 'TOO_LARGE' });
      assert.deepEqual(server.adls.operations, []);
    });
  });

  it('writes an empty file', async () => {
    const sink = open();
    await pipeline(Readable.from([]), sink);
    assert.equal(stored(server.adls).length, 0);
    assert.deepEqual({ bytes: sink.result?.bytes, parts: sink.result?.parts }, { bytes: 0, parts: 0 });
    assert.equal(requests(server.adls, 'AppendFile').length, 0);
    assert.deepEqual(
      requests(server.adls, 'FlushFile').map(({ position, query }) => [position, query['close']]),
      [[0, 'true']],
    );
  });

  it('backs off when asked to, and still writes every byte', async () => {
    let left = 6;
    const fault = server.adls.on('AppendFile', () => left-- > 0, {
      ...{ status: 503, code: 'ServerBusy', headers: { 'retry-after': '0' } },
    });
    await pipeline(chunked(), open());
    assert.equal(fault.fired, 6);
    assertSameBytes(stored(server.adls), BYTES);
    assert.ok(requests(server.adls, 'AppendFile').length <= 11);
  });
});

describe('an account without hierarchical namespace', () => {
  const server = useAdlsServer({ hierarchicalNamespace: false });

  it('is refused before anything is written, with what to do', async () => {
    const sink = openSink(server.adls);
    const error = await connectorRejection(pipeline(chunked(), sink));
    assert.deepEqual([error.code, error.outcome, error.status], ['CONFIG_INVALID', 'not-done', 400]);
    assert.match(error.message, /hierarchical namespace.*enable it/);
    assert.deepEqual(
      server.adls.operations.map(({ operation }) => operation),
      ['GetPathAccessControl'],
    );
    assert.equal((await sink.settled).cleanup, 'confirmed');
  });
});

describe('an account with hierarchical namespace', () => {
  const server = useAdlsServer();

  it('is asked once for all sinks of a client', async () => {
    await pipeline(chunked(), openSink(server.adls));
    await pipeline(chunked(), openSink(server.adls, { path: 'other' }));
    assert.equal(requests(server.adls, 'GetPathAccessControl').length, 1);
  });

  it('is written to by whoever may not ask', async () => {
    const fault = server.adls.on('GetPathAccessControl', 'always', {
      ...{ status: 403, code: 'AuthorizationPermissionMismatch' },
    });
    await pipeline(chunked(), openSink(server.adls));
    assert.equal(fault.fired, 1);
    assertSameBytes(stored(server.adls), BYTES);
  });

  it('is asked again after a failure that passes', async () => {
    const fault = server.adls.on('GetPathAccessControl', 1, { status: 503, code: 'ServerBusy' });
    await pipeline(chunked(), openSink(server.adls));
    assert.equal(fault.fired, 1);
    assert.equal(requests(server.adls, 'GetPathAccessControl').length, 2);
  });
});

/** Takes a lease on the file, as the SDK does it. */
async function leased({ connectionString }: { readonly connectionString: string }): Promise<void> {
  const { DataLakeServiceClient } = await import('@azure/storage-file-datalake');
  const { Agent } = await import('node:http');
  const agent = new Agent();
  const options: object = { agent };
  const service = DataLakeServiceClient.fromConnectionString(connectionString, options);
  const file = service.getFileSystemClient(CONTAINER).getFileClient(PATH);
  await file.getDataLakeLeaseClient().acquireLease(-1);
  agent.destroy();
}
