import assert from 'node:assert/strict';
import { Agent } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { BYTES, CONTAINER, PATH, openSink, requests, stored, useAdlsServer } from '../connectors/adls2/writing.ts';
import { assertSameBytes, connectorRejection } from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';

describe('a DataLakeServiceClient that was handed in, and repeats by itself', () => {
  const server = useAdlsServer();
  const current: { agent?: Agent } = {};
  beforeEach(() => {
    current.agent = new Agent({ keepAlive: true });
  });
  afterEach(() => current.agent?.destroy());

  const open = (overwrite = true) => {
    const retryOptions = { maxTries: 3, retryDelayInMs: 1, maxRetryDelayInMs: 5 };
    const options: object = { retryOptions, agent: current.agent };
    const client = DataLakeServiceClient.fromConnectionString(server.adls.connectionString, options);
    return openSink(server.adls, { client, config: undefined, retry: false, overwrite });
  };

  for (const operation of ['CreatePathFile', 'AppendFile', 'FlushFile', 'RenamePath'] as const) {
    it(`writes the file although the first answer to ${operation} was lost`, async () => {
      const fault = server.adls.on(operation, 1, { reset: 'after' });
      const sink = open();
      await pipeline(chunked(), sink);
      assert.equal(fault.fired, 1);
      assert.equal((await sink.settled).outcome, 'done');
      assertSameBytes(stored(server.adls), BYTES);
    });
  }

  it('does not take its own rename for the source that is not there', async () => {
    const fault = server.adls.on('RenamePath', 1, { reset: 'after' });
    await pipeline(chunked(), open(false));
    assert.equal(fault.fired, 1);
    assert.deepEqual(
      requests(server.adls, 'RenamePath').map(({ status }) => status),
      [201, 404],
    );
    assertSameBytes(stored(server.adls), BYTES);
  });

  it('says that a file was there when it was there before', async () => {
    server.adls.putFile(CONTAINER, PATH, 'older');
    const sink = open(false);
    const error = await connectorRejection(pipeline(chunked(), sink));
    assert.deepEqual([error.code, error.outcome], ['ALREADY_EXISTS', 'not-done']);
    assert.equal((await sink.settled).cleanup, 'confirmed');
    assert.equal(stored(server.adls).toString(), 'older');
  });
});
