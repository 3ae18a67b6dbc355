import assert from 'node:assert/strict';
import type { S3Client as AwsClient } from '@aws-sdk/client-s3';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { connectors, s3 } from '../../../src/connectors/registry.ts';
import {
  BUCKET,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  settingsFor,
  useS3Server,
} from './support.ts';

describe('a client of an S3 profile', () => {
  const server = useS3Server();
  afterEach(() => connectors.reset());
  const open = (config = {}) => s3.client('default', { ...settingsFor(server.s3), ...config });

  it('is the client of a stream, which takes its settings', async () => {
    const bytes = patterned(40);
    server.s3.putObject(BUCKET, 'key', bytes);
    await using client = open({ transfer: { partSize: 16, concurrency: 4 } });
    const source = s3ObjectSource({ bucket: BUCKET, key: 'key', client });
    assertSameBytes(await readAll(source), bytes);
    assert.equal(source.result?.requests, 3);
  });

  it('has its profile already: a stream takes neither another one nor settings with it', async () => {
    await using client = open();
    for (const more of [{ profile: 'other' }, { config: {} }]) {
      assert.throws(() => s3ObjectSource({ bucket: BUCKET, key: 'key', client, ...more }), { code: 'CONFIG_INVALID' });
    }
  });

  it('gives the AWS client itself, with the settings of the profile and no retries of its own', async () => {
    await using client = open({ region: 'eu-west-3', addressingStyle: 'virtual' });
    const { config } = (await client.native()) as unknown as AwsClient;
    assert.deepEqual(
      [
        await config.region(),
        config.forcePathStyle,
        await config.maxAttempts(),
        await config.requestChecksumCalculation(),
      ],
      ['eu-west-3', false, 1, 'WHEN_REQUIRED'],
    );
    const { accessKeyId } = await config.credentials();
    assert.equal(accessKeyId, server.s3.accessKeyId);
  });

  it('gives the AWS client a limit on connecting however small, which to it would be none', async () => {
    for (const [connect, limit] of [
      [0, 1],
      [0.4, 1],
      ['2s', 2_000],
    ] as const) {
      await using client = open({ timeouts: { connect } });
      const { config } = (await client.native()) as unknown as AwsClient;
      // The SDK completes the settings of its handler with the first request.
      await client.ping().catch(() => undefined);
      const handler = config.requestHandler as unknown as { httpHandlerConfigs(): { connectionTimeout?: number } };
      assert.equal(handler.httpHandlerConfigs().connectionTimeout, limit, String(connect));
    }
  });

  it('that is closed cannot be used, and is replaced by the next', async () => {
    const client = open();
    await client.native();
    await client.close();
    await client.close();
    assert.equal((await connectorRejection(client.native())).code, 'CLIENT_CLOSED');
    const again = open();
    assert.notEqual(again, client);
    assert.notEqual(await again.native(), undefined);
  });
});
