import assert from 'node:assert/strict';
import { adls2Profile, serverAddress } from '../../../src/connectors/adls2/config.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { assertSilent } from '../../support/faults.ts';

const MIB = 1024 * 1024;
const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_ADLS2_';
const URL_OF_LAKE = 'https://lake.dfs.core.windows.net';
const KEY = Buffer.from('hunter2 hunter2').toString('base64');
const PRINCIPAL = { tenantId: 't', clientId: 'c', clientSecret: 'hunter2' };

const settingsOf = (overrides: Adls2Settings) => adls2Profile('default', overrides).settings;

describe('the settings of ADLS Gen2', () => {
  const set = (name: string, value: string): void => void (process.env[PREFIX + name] = value);
  afterEach(() => {
    for (const name of Object.keys(process.env).filter((key) => key.startsWith(PREFIX)))
      Reflect.deleteProperty(process.env, name);
  });

  it('have the documented defaults', () => {
    assert.deepEqual(settingsOf({ accountUrl: URL_OF_LAKE }), {
      accountUrl: URL_OF_LAKE,
      allowHttp: false,
      useDefaultCredentials: true,
      retries: { attempts: 5 },
      transfer: { partSize: 4 * MIB, concurrency: 8 },
      timeouts: { connect: 5_000, read: 60_000, operation: 60_000 },
    });
  });

  it('come from the environment of their profile, and then from the call', () => {
    set('EU_WEST__ACCOUNT_NAME', 'lake');
    set('EU_WEST__TRANSFER__PART_SIZE', '16MiB');
    set('EU_WEST__CLIENT_SECRET__TENANT_ID', '12345678');
    set('EU_WEST__CLIENT_SECRET__CLIENT_ID', 'c');
    set('EU_WEST__CLIENT_SECRET__CLIENT_SECRET', '007');
    const { transfer, clientSecret } = adls2Profile('eu-west', { transfer: { concurrency: 3 } }).settings;
    assert.deepEqual(transfer, { partSize: 16 * MIB, concurrency: 3 });
    assert.deepEqual(clientSecret, { tenantId: '12345678', clientId: 'c', clientSecret: '007' });
  });

  it('say with JSON that there is a managed identity, which needs no more', () => {
    set('DEFAULT__JSON', '{"account_name":"lake","managed_identity":{}}');
    assert.deepEqual(settingsOf({}).managedIdentity, {});
  });

  const refused: readonly { readonly title: string; readonly settings: Adls2Settings; readonly message: RegExp }[] = [
    { title: 'an unknown key', settings: { acountUrl: 'x' } as Adls2Settings, message: /did you mean "accountUrl"/ },
    { title: 'no account', settings: {}, message: /accountUrl: is missing, and neither accountName nor connectionS/ },
    {
      title: 'a name that no account has',
      settings: { accountName: 'My_Lake' },
      message: /accountName: expected 3 to/,
    },
    { title: 'an open endpoint', settings: { accountUrl: 'http://lake.example' }, message: /accountUrl: .*allowHttp/ },
    {
      title: 'a host that only begins like loopback',
      settings: { accountUrl: 'http://127.0.0.1.example' },
      message: /allowHttp/,
    },
    {
      title: 'a signature in the URL',
      settings: { accountUrl: `${URL_OF_LAKE}?sig=hunter2` },
      message: /accountUrl: expected .* without credentials/,
    },
    {
      title: 'a key that is none',
      settings: { accountUrl: URL_OF_LAKE, accountKey: 'hunter2' },
      message: /accountKey: expected base64/,
    },
    ...['', '?', 'sv=hunter2', 'sig='].map((sasToken) => ({
      title: `'${sasToken}' for a shared access signature`,
      settings: { accountUrl: URL_OF_LAKE, sasToken },
      message: /sasToken: expected a shared access signature/,
    })),
    {
      title: 'an empty client secret',
      settings: { accountUrl: URL_OF_LAKE, clientSecret: { ...PRINCIPAL, clientSecret: '' } },
      message: /clientSecret\.clientSecret: expected/,
    },
    {
      title: 'half a service principal',
      settings: { accountUrl: URL_OF_LAKE, clientSecret: { clientSecret: 'hunter2' } } as unknown as Adls2Settings,
      message: /clientSecret\.tenantId: is missing.*clientSecret\.clientId: is missing/,
    },
    {
      title: 'an authority in the open',
      settings: { accountUrl: URL_OF_LAKE, clientSecret: { ...PRINCIPAL, authorityHost: 'http://127.0.0.1:1' } },
      message: /clientSecret\.authorityHost: expected https/,
    },
    {
      title: 'two credentials',
      settings: { accountUrl: URL_OF_LAKE, accountKey: KEY, sasToken: 'sig=hunter2' },
      message: /sasToken: stands for other credentials than accountKey; set one of both/,
    },
    {
      title: 'three credentials, each of them told',
      settings: { accountUrl: URL_OF_LAKE, clientSecret: PRINCIPAL, workloadIdentity: {}, managedIdentity: {} },
      message: /workloadIdentity: stands for.*than clientSecret.*managedIdentity: stands for.*than clientSecret/,
    },
    {
      title: 'a connection string beside the account that it names',
      settings: { accountUrl: URL_OF_LAKE, connectionString: 'AccountKey=hunter2' },
      message: /connectionString: names the account itself/,
    },
    {
      title: 'no credentials where none may be looked for',
      settings: { accountUrl: URL_OF_LAKE, useDefaultCredentials: false },
      message: /useDefaultCredentials: is false, and none of connectionString, accountKey.* is set/,
    },
  ];
  for (const { title, settings, message } of refused) {
    it(`refuse ${title}, and repeat no value`, () => {
      assert.throws(
        () => settingsOf(settings),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.match(error.message, message);
          assertSilent(error, 'hunter2', KEY);
          return true;
        },
      );
    });
  }

  it('refuse two credentials that are references once both are known', async () => {
    process.env[`${PREFIX}TEST_KEY`] = KEY;
    process.env[`${PREFIX}TEST_SAS`] = 'sig=hunter2';
    const profile = adls2Profile('default', {
      accountName: 'lake',
      accountKey: `secret://env/${PREFIX}TEST_KEY`,
      sasToken: `secret://env/${PREFIX}TEST_SAS`,
    });
    await assert.rejects(profile.reveal(), { code: 'CONFIG_INVALID', message: /set one of both/ });
  });

  it('take a reference for the account, or the credential, that it will be', () => {
    const useDefaultCredentials = false;
    adls2Profile('default', { connectionString: 'secret://env/NONE', useDefaultCredentials });
    adls2Profile('default', { accountUrl: 'secret://env/NONE', accountKey: KEY, useDefaultCredentials });
    adls2Profile('default', {
      ...{ accountUrl: URL_OF_LAKE, useDefaultCredentials },
      clientSecret: { ...PRINCIPAL, clientSecret: 'secret://env/NONE' },
    });
  });

  it('need neither of a client that was handed in', () => {
    const config = adls2Profile('theirs', { useDefaultCredentials: false, retries: { attempts: 2 } }, true);
    assert.equal(config.settings.retries.attempts, 2);
  });

  it('allow an open endpoint on request, and on this machine', () => {
    for (const settings of [
      { accountUrl: 'http://lake.example', allowHttp: true },
      { accountUrl: 'http://127.0.0.1:10000/devstoreaccount1' },
    ]) {
      assert.equal(settingsOf(settings).accountUrl, settings.accountUrl);
    }
  });

  it('know the host to name in telemetry, of any cloud', () => {
    const hostOf = (settings: Adls2Settings) => serverAddress(adls2Profile('default', settings));
    assert.equal(hostOf({ accountName: 'lake' }), 'lake.dfs.core.windows.net');
    assert.equal(hostOf({ accountUrl: 'https://lake.dfs.core.chinacloudapi.cn' }), 'lake.dfs.core.chinacloudapi.cn');
    assert.equal(hostOf({ accountUrl: 'secret://env/NONE' }), undefined);
    assert.equal(hostOf({ connectionString: 'AccountName=lake' }), undefined);
  });
});
