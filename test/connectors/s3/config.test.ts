import assert from 'node:assert/strict';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Profile, serverAddress } from '../../../src/connectors/s3/config.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';

const MIB = 1024 * 1024;
/** What AWS itself takes. */
const STORE = { checksum: 'crc32', equalParts: false, conditionalWrites: true } as const;
const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_S3_';

const settingsOf = (profile: string, overrides?: S3Settings) => s3Profile(profile, overrides).settings;

describe('the settings of S3', () => {
  const set = (name: string, value: string): void => void (process.env[PREFIX + name] = value);
  afterEach(() => {
    for (const name of Object.keys(process.env).filter((key) => key.startsWith(PREFIX)))
      Reflect.deleteProperty(process.env, name);
  });

  it('have the documented defaults', () => {
    assert.deepEqual(settingsOf('default'), {
      allowHttp: false,
      useDefaultCredentials: true,
      addressingStyle: 'auto',
      retries: { attempts: 5, mode: 'standard' },
      transfer: { partSize: 8 * MIB, concurrency: 10, ...STORE },
      timeouts: { connect: 5_000, credentials: 10_000, read: 60_000, total: 120_000 },
    });
  });

  it('come from the environment of their profile, and then from the call', () => {
    set('EU_WEST__REGION', 'eu-west-1');
    set('EU_WEST__TRANSFER__PART_SIZE', '16MiB');
    set('EU_WEST__CREDENTIALS__ACCESS_KEY_ID', '12345678');
    set('EU_WEST__CREDENTIALS__SECRET_ACCESS_KEY', '007');
    set('EU_WEST__ALLOW_HTTP', 'TRUE');
    const config = settingsOf('eu-west', { transfer: { concurrency: 3 } });
    assert.equal(config.region, 'eu-west-1');
    assert.deepEqual(config.transfer, { partSize: 16 * MIB, concurrency: 3, ...STORE });
    assert.deepEqual(config.credentials, { accessKeyId: '12345678', secretAccessKey: '007' });
    assert.equal(config.allowHttp, true);
  });

  const refused: readonly { readonly title: string; readonly settings: S3Settings; readonly message: RegExp }[] = [
    { title: 'an unknown key', settings: { regoin: 'x' } as S3Settings, message: /regoin/ },
    {
      title: 'an unknown key in any group',
      settings: { retries: { atempts: 3 }, transfer: { prtSize: 1 }, timeouts: { conect: 1 } } as S3Settings,
      message: /retries: .*atempts.*transfer: .*prtSize.*timeouts: .*conect/,
    },
    { title: 'a list for a group', settings: { transfer: [] } as unknown as S3Settings, message: /transfer: expected/ },
    { title: 'a malformed size', settings: { transfer: { partSize: '8 megs' } }, message: /transfer\.partSize/ },
    { title: 'no attempt at all', settings: { retries: { attempts: 0 } }, message: /retries\.attempts/ },
    { title: 'an open endpoint', settings: { endpointUrl: 'http://store.example' }, message: /allowHttp/ },
    {
      title: 'a host that only begins like loopback',
      settings: { endpointUrl: 'http://127.0.0.1.example' },
      message: /allowHttp/,
    },
    {
      title: 'an endpoint with credentials',
      settings: { endpointUrl: 'https://u:hunter2@store.example' },
      message: /endpointUrl/,
    },
    { title: 'another protocol', settings: { endpointUrl: 'ftp://store.example' }, message: /endpointUrl/ },
    {
      title: 'no credentials where none may be looked for',
      settings: { useDefaultCredentials: false },
      message: /credentials/,
    },
    {
      title: 'half a key pair',
      settings: { credentials: { accessKeyId: 'A' } } as unknown as S3Settings,
      message: /secretAccessKey/,
    },
  ];
  for (const { title, settings, message } of refused) {
    it(`refuse ${title}, and repeat no value`, () => {
      assert.throws(
        () => settingsOf('default', settings),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2/);
          return true;
        },
      );
    });
  }

  for (const endpointUrl of [
    'http://localhost:9000',
    'http://127.0.0.1:1',
    'http://127.8.9.1',
    'http://[::1]:9000',
    'http://s3.localhost',
  ]) {
    it(`allow ${endpointUrl}, which leaves this machine for nobody`, () => {
      assert.equal(settingsOf('default', { endpointUrl }).endpointUrl, endpointUrl);
    });
  }

  it('allow an open endpoint on request', () => {
    const config = s3Profile('default', { endpointUrl: 'http://store.example', allowHttp: true });
    assert.equal(serverAddress(config), 'store.example');
  });

  it('know the host to name in telemetry', () => {
    assert.equal(serverAddress(s3Profile('default', { region: 'eu-west-1' })), 's3.eu-west-1.amazonaws.com');
    assert.equal(serverAddress(s3Profile('default', { region: 'cn-north-1' })), 's3.cn-north-1.amazonaws.com.cn');
    assert.equal(serverAddress(s3Profile('default')), undefined);
  });

  it('know the host of every partition of AWS as the SDK does', () => {
    const regions = [
      ...['us-east-1', 'eu-west-1', 'ap-east-2', 'mx-central-1', 'us-gov-west-1', 'cn-north-1', 'cn-northwest-1'],
      ...['eusc-de-east-1', 'us-iso-east-1', 'us-iso-west-1', 'us-isob-east-1', 'us-isob-west-1', 'eu-isoe-west-1'],
      ...['us-isof-east-1', 'us-isof-south-1'],
    ];
    const client = new S3Client({ region: 'us-east-1' });
    // The SDK's own rules; its type knows nothing of what they are asked with.
    const { endpointProvider } = client.config as unknown as {
      endpointProvider(parameters: { readonly Region: string }): { readonly url: URL };
    };
    assert.deepEqual(
      regions.map((region) => serverAddress(s3Profile('default', { region }))),
      regions.map((Region) => endpointProvider({ Region }).url.hostname),
    );
    client.destroy();
  });
});
