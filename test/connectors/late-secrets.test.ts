import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { setSecretsProvider } from '../../src/config/secrets.ts';
import { adls2, connectors, postgres, s3 } from '../../src/connectors/registry.ts';
import { s3ObjectSource } from '../../src/connectors/s3/index.ts';
import { ConnectorError } from '../../src/errors.ts';
import { BUCKET, useS3Server } from './s3/support.ts';

/** For each connector a client whose password or key is asked for and does not come, and the setting that bounds it. */
const CLIENTS: readonly [name: string, ping: () => Promise<number>][] = [
  [
    'postgres',
    () => {
      const config = { host: '127.0.0.1', port: 1, password: 'secret://late/password', timeouts: { connect: '50ms' } };
      return postgres.client('late', { ...config, retries: { attempts: 1 } }).ping();
    },
  ],
  [
    's3',
    () => {
      const credentials = { accessKeyId: 'id', secretAccessKey: 'secret://late/key' };
      const config = { endpointUrl: 'http://127.0.0.1:1', credentials, timeouts: { credentials: '50ms' } };
      return s3.client('late', config).ping();
    },
  ],
  [
    'adls2',
    () => {
      const config = { accountName: 'account', accountKey: 'secret://late/key', timeouts: { operation: '50ms' } };
      // Without a longer one the call's own time, which is the same, runs out first.
      return adls2.client('late', config).ping({ timeout: 10_000 });
    },
  ],
];

describe('secrets that do not come', () => {
  const servers = useS3Server();
  let asked = 0;
  beforeEach(() => {
    asked = 0;
    setSecretsProvider('late', () => {
      asked += 1;
      return new Promise(() => undefined);
    });
  });
  afterEach(async () => {
    setSecretsProvider('late', undefined);
    await connectors.reset();
  });

  for (const [name, ping] of CLIENTS) {
    it(`to a client of ${name} are a TimeoutError in time, and asked for anew by its next use`, async () => {
      for (const times of [1, 2]) {
        await assert.rejects(ping(), (error) => {
          assert.ok(error instanceof ConnectorError);
          assert.deepEqual([error.code, error.name], ['CONNECT_TIMEOUT', 'TimeoutError']);
          return true;
        });
        assert.equal(asked, times);
      }
    });
  }

  it('are asked for anew by the next try of a stream', async () => {
    const { s3: server } = servers;
    server.putObject(BUCKET, 'late', Buffer.from('arrived'));
    setSecretsProvider('late', () => {
      asked += 1;
      return asked === 1 ? new Promise(() => undefined) : Promise.resolve(server.secretAccessKey);
    });
    const credentials = { accessKeyId: server.accessKeyId, secretAccessKey: 'secret://late/key' };
    const config = { endpointUrl: server.endpoint, credentials, timeouts: { credentials: '100ms' } };
    const source = s3ObjectSource({ bucket: BUCKET, key: 'late', config, retry: { attempts: 2, minDelay: 1 } });
    assert.equal(await text(source), 'arrived');
    assert.ok(asked > 1);
  });
});
