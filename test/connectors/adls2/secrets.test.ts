import assert from 'node:assert/strict';
import sinon from 'sinon';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adls2, connectors } from '../../../src/connectors/registry.ts';
import { assertSilent, rejection } from '../../support/faults.ts';
import { ACCOUNT, ACCOUNT_KEY, SAS, listed, startAccount } from './account.ts';
import type { Account } from './account.ts';

const NEXT_KEY = Buffer.from('canary of the next key').toString('base64');
const FIVE_MINUTES = 5 * 60_000;

describe('credentials of ADLS Gen2 that are secrets', () => {
  let account: Account;
  let clock: sinon.SinonFakeTimers;
  let asked: number;
  beforeEach(async () => {
    account = await startAccount();
    asked = 0;
    clock = sinon.useFakeTimers({ toFake: ['performance'] });
  });
  afterEach(async () => {
    clock.restore();
    await connectors.reset();
    setSecretsProvider('vault', undefined);
    await account[Symbol.asyncDispose]();
  });
  const keep = (secrets: Readonly<Record<string, string>>): void => {
    const look = staticSecrets(secrets);
    setSecretsProvider('vault', (name) => {
      asked += 1;
      return look(name);
    });
  };

  const ways: readonly {
    readonly title: string;
    readonly config: () => Adls2Settings;
    readonly rotate: () => void;
    readonly secrets: () => [now: Record<string, string>, next: Record<string, string>];
  }[] = [
    {
      title: 'a key',
      config: () => ({ accountUrl: account.url, accountKey: 'secret://vault/it' }),
      rotate: () => void (account.accountKey = NEXT_KEY),
      secrets: () => [{ it: ACCOUNT_KEY }, { it: NEXT_KEY }],
    },
    {
      title: 'a signature',
      config: () => ({ accountUrl: account.url, sasToken: 'secret://vault/it' }),
      rotate: () => void (account.sas = 'sv=2&sig=next'),
      secrets: () => [{ it: SAS }, { it: 'sv=2&sig=next' }],
    },
    {
      title: 'a part of a connection string',
      config: () => ({
        connectionString: `BlobEndpoint=${account.url};AccountName=${ACCOUNT};AccountKey=secret://env/ADLS_TEST_KEY`,
      }),
      rotate: () => void (account.accountKey = NEXT_KEY),
      secrets: () => [{}, {}],
    },
  ];
  for (const { title, config, rotate, secrets } of ways) {
    it(`are in use five minutes after they were rotated: ${title}`, async () => {
      const [now, next] = secrets();
      keep(now);
      process.env['ADLS_TEST_KEY'] = ACCOUNT_KEY;
      const client = adls2.client('default', config());
      await client.ping();
      rotate();
      keep(next);
      process.env['ADLS_TEST_KEY'] = NEXT_KEY;
      clock.tick(FIVE_MINUTES - 1);
      assert.equal((await rejection(client.ping()))['code'], 'AUTH_FAILED');
      clock.tick(1);
      assert.ok((await client.ping()) >= 0);
      assert.equal(account.callers.length, 3);
      delete process.env['ADLS_TEST_KEY'];
    });
  }

  it('are looked up no more often than that, and their connection is kept', async () => {
    keep({ it: ACCOUNT_KEY });
    const ports = new Set<number | undefined>();
    account.answer = (response, request) => {
      ports.add(request.socket.remotePort);
      listed(response, request);
    };
    const client = adls2.client('default', { accountUrl: account.url, accountKey: 'secret://vault/it' });
    for (let n = 0; n < 3; n += 1) await client.ping();
    assert.equal(asked, 1);
    clock.tick(FIVE_MINUTES);
    await client.ping();
    assert.deepEqual([asked, ports.size], [2, 1]);
  });

  it('that are missing fail before any request, and name the reference', async () => {
    keep({});
    const client = adls2.client('default', { accountUrl: account.url, accountKey: 'secret://vault/it' });
    const error = await rejection(client.ping());
    assert.equal(error['code'], 'SECRET_MISSING');
    assert.match(error.message, /secret:\/\/vault\/it is not there/);
    assert.equal(account.callers.length, 0);
  });

  it('that hold something else are refused without being shown, and nobody is asked instead', async () => {
    keep({ key: 'canary', string: 'BlobEndpoint=https://x.example;Canary=canary' });
    for (const config of [
      { accountUrl: account.url, accountKey: 'secret://vault/key' },
      { accountUrl: account.url, sasToken: 'secret://vault/key' },
      { connectionString: 'secret://vault/string' },
    ]) {
      const error = await rejection(adls2.client('default', config).ping());
      assert.equal(error['code'], 'CONFIG_INVALID');
      assertSilent(error, 'canary');
    }
    assert.equal(account.callers.length, 0);
  });
});
