/** What a profile without settings of its own does, seen on the AWS client that it makes and on what reaches a server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import type { S3Client as AwsClient } from '@aws-sdk/client-s3';
import { setSecretsProvider } from '../../../src/config/secrets.ts';
import { connectors, s3 } from '../../../src/connectors/registry.ts';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import { written } from '../../support/bytes.ts';
import { useFakeClock } from '../../support/fake-clock.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';

const MIB = 1024 * KIB;

/** The settings of the SDK's request handler, once it has sent something. */
interface HandlerSettings {
  readonly connectionTimeout?: number;
  readonly requestTimeout?: number;
  readonly socketTimeout?: number;
  readonly httpAgent: Sockets;
  readonly httpsAgent: Sockets;
}

interface Sockets {
  readonly keepAlive: boolean;
  readonly maxSockets: number;
}

describe('the defaults of S3', () => {
  const server = useS3Server();
  const config = () => settingsFor(server.s3);
  const target = { bucket: BUCKET, key: 'key' };
  afterEach(() => connectors.reset());

  const native = async (settings: object): Promise<AwsClient> =>
    (await s3.client('default', settings).native()) as unknown as AwsClient;

  it('are on the AWS client: one try, no checksums but ours, path style for an endpoint alone', async () => {
    const { credentials } = config();
    const { endpoint } = server.s3;
    const elsewhere = await native({ endpointUrl: endpoint, credentials });
    const amazon = await native({ region: 'eu-west-1', credentials });
    const told = async ({ config: of }: AwsClient) => ({
      region: await of.region(),
      endpoint: (await of.endpoint?.())?.port,
      forcePathStyle: of.forcePathStyle,
      maxAttempts: await of.maxAttempts(),
      sends: await of.requestChecksumCalculation(),
      checks: await of.responseChecksumValidation(),
    });
    const same = { maxAttempts: 1, sends: 'WHEN_REQUIRED', checks: 'WHEN_REQUIRED' };
    assert.deepEqual(await told(elsewhere), {
      ...{ region: 'us-east-1', endpoint: server.s3.port, forcePathStyle: true },
      ...same,
    });
    assert.deepEqual(await told(amazon), {
      ...{ region: 'eu-west-1', endpoint: undefined, forcePathStyle: false },
      ...same,
    });
  });

  it('are on its request handler: 5 s to connect, sockets kept and to spare, no clock beside ours', async () => {
    server.s3.putObject(BUCKET, 'key', 'x');
    const client = s3.client('default', config());
    await client.ping();
    const { requestHandler } = ((await client.native()) as unknown as AwsClient).config;
    const handler = requestHandler as unknown as { httpHandlerConfigs(): HandlerSettings };
    const { requestTimeout = 0, socketTimeout = 0, ...settings } = handler.httpHandlerConfigs();
    const { connectionTimeout, httpAgent, httpsAgent } = settings;
    assert.deepEqual([connectionTimeout, requestTimeout, socketTimeout], [5_000, 0, 0]);
    for (const agent of [httpAgent, httpsAgent]) {
      assert.deepEqual([agent.keepAlive, agent.maxSockets], [true, 50]);
    }
  });

  it('try a request five times', async () => {
    server.s3.putObject(BUCKET, 'key', 'x');
    const fault = server.s3.on('GetObject', 'always', { status: 500, code: 'InternalError' });
    const source = s3ObjectSource({ ...target, config: config(), retry: QUICK });
    assert.equal((await connectorRejection(readAll(source))).code, 'SERVER_ERROR');
    assert.deepEqual([fault.fired, requests(server.s3, 'GetObject').length], [5, 5]);
  });

  for (const [bytes, expected] of [
    [8 * MIB, ['PutObject 8388608']],
    [8 * MIB + 1, ['UploadPart 8388608', 'UploadPart 1']],
  ] as const) {
    it(`write ${bytes} bytes as ${expected.join(' and ')}`, async () => {
      const data = patterned(bytes);
      await pipeline([data], s3ObjectSink({ ...target, config: config() }));
      const stored = server.s3.getObject(BUCKET, 'key');
      assert.ok(stored !== undefined);
      assertSameBytes(stored, data);
      const sent = (['PutObject', 'UploadPart'] as const).flatMap((operation) => requests(server.s3, operation));
      assert.deepEqual(
        sent
          .sort((one, other) => (one.partNumber ?? 0) - (other.partNumber ?? 0))
          .map(({ operation, headers }) => `${operation} ${headers['content-length']}`),
        expected,
      );
    });
  }

  it('read parts of 8 MiB', async () => {
    const data = patterned(8 * MIB + 1);
    server.s3.putObject(BUCKET, 'key', data);
    assertSameBytes(await readAll(s3ObjectSource({ ...target, config: config() })), data);
    assert.deepEqual(
      requests(server.s3, 'GetObject')
        .map(({ range }) => range)
        .sort(),
      ['bytes=0-8388607', 'bytes=8388608-8388608'],
    );
  });

  it('have ten parts under way at a time, and one more in memory', async () => {
    const released = Promise.withResolvers<undefined>();
    server.s3.on('UploadPart', 'always', { hold: released.promise });
    const sink = s3ObjectSink({ ...target, config: config() });
    const part = Buffer.alloc(8 * MIB);
    for (let n = 0; n < 11; n += 1) await written(sink, part);
    // Sent after whatever the sink sends of what it has taken.
    await s3.client('default', config()).ping();
    const held = requests(server.s3, 'UploadPart').length;
    const finished = once(sink, 'finish');
    released.resolve(undefined);
    sink.end();
    await finished;
    assert.deepEqual([held, requests(server.s3, 'UploadPart').length], [10, 11]);
  });

  describe('of its clocks', () => {
    const clock = useFakeClock();
    afterEach(() => setSecretsProvider('vault', undefined));

    it('wait 60 s for an answer', async () => {
      const fault = server.s3.on('GetObject', 1, { stall: 'before' });
      const reading = readAll(s3ObjectSource({ ...target, config: config(), retry: false }));
      await fault.firstFired;
      assert.equal(await clock.runsOut(reading, 60_000), 'RESPONSE_TIMEOUT');
    });

    it('wait 60 s for the next byte', async () => {
      server.s3.putObject(BUCKET, 'key', patterned(KIB));
      const fault = server.s3.on('GetObject', 1, { stall: { afterBytes: 10 } });
      const source = s3ObjectSource({ ...target, config: config(), retry: false });
      const reading = readAll(source);
      await Promise.all([fault.firstFired, source.info]);
      assert.equal(await clock.runsOut(reading, 60_000), 'IDLE_TIMEOUT');
    });

    it('wait 120 s for a listing', async () => {
      const fault = server.s3.on('ListObjectsV2', 1, { stall: 'before' });
      const reading = readAll(s3Source(`s3://${BUCKET}/d/`, { config: config(), retry: false, join: 'raw' }));
      await fault.firstFired;
      assert.equal(await clock.runsOut(reading, 120_000), 'RESPONSE_TIMEOUT');
    });

    it('wait 60 s for the answer to a call', async () => {
      const fault = server.s3.on('ListBuckets', 1, { stall: 'before' });
      const unanswered = s3.client('default', config()).ping();
      await fault.firstFired;
      assert.equal(await clock.runsOut(unanswered, 60_000), 'RESPONSE_TIMEOUT');
    });

    it('wait 120 s for all of a call, however slow its answer may be', async () => {
      const fault = server.s3.on('ListBuckets', 1, { stall: 'before' });
      const unanswered = s3.client('default', { ...config(), timeouts: { read: '5m' } }).ping();
      await fault.firstFired;
      assert.equal(await clock.runsOut(unanswered, 120_000), 'DEADLINE_EXCEEDED');
    });

    it('wait 10 s for secrets, in a call and in a stream', async () => {
      setSecretsProvider('vault', () => new Promise(() => undefined));
      const hidden = { ...config(), endpointUrl: 'secret://vault/endpoint' };
      assert.equal(await clock.runsOut(s3.client('default', hidden).ping(), 10_000), 'CONNECT_TIMEOUT');
      const sink = s3ObjectSink({ ...target, config: hidden, retry: false });
      assert.equal(await clock.runsOut(pipeline([Buffer.alloc(8 * MIB + 1)], sink), 10_000), 'CONNECT_TIMEOUT');
      const { outcome, cleanup } = await sink.settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    });
  });
});
