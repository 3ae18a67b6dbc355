import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { runNode } from '../../support/run.ts';
import { TOKEN, startAccount } from './account.ts';
import type { Account } from './account.ts';
import { json, startTokenService } from './token-service.ts';
import type { TokenService } from './token-service.ts';

const PING = path.join(import.meta.dirname, 'processes/ping.ts');
const HEADER = 'canary-of-the-header';
const certificate = createServerCertificate();

interface Told {
  readonly name?: string;
  readonly code: string;
  readonly message?: string;
  readonly retryable?: boolean;
  readonly shown?: string;
}

describe('managed identities for ADLS Gen2', function () {
  // A process for each test, as the SDK keeps where it found an identity.
  this.timeout(20_000);
  let account: Account;
  let service: TokenService;
  let folder: string;
  beforeEach(async () => {
    [account, service] = await Promise.all([startAccount(certificate), startTokenService()]);
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-identity-'));
    writeFileSync(path.join(folder, 'ca.pem'), certificate.ca);
  });
  afterEach(async () => {
    await Promise.all([account[Symbol.asyncDispose](), service[Symbol.asyncDispose]()]);
    rmSync(folder, { recursive: true });
  });

  /** Nothing of this machine's own identities, and nowhere outside of it to look for one. */
  const NOBODY = {
    ...{ AZURE_TENANT_ID: '', AZURE_CLIENT_ID: '', AZURE_CLIENT_SECRET: '', AZURE_FEDERATED_TOKEN_FILE: '' },
    ...{ IDENTITY_ENDPOINT: '', IDENTITY_HEADER: '', MSI_ENDPOINT: '', MSI_SECRET: '', IMDS_ENDPOINT: '' },
    AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1',
    AZURE_TOKEN_CREDENTIALS: 'prod',
  };
  const appService = (): Record<string, string> => ({
    IDENTITY_ENDPOINT: `${service.origin}/msi/token`,
    IDENTITY_HEADER: HEADER,
  });
  const imds = (): Record<string, string> => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: service.origin });
  const ping = async (config: Adls2Settings, env: Record<string, string>): Promise<Told> => {
    const settings = JSON.stringify({ accountUrl: account.url, ...config });
    const { stdout, stderr } = await runNode([PING, settings], {
      cwd: folder,
      env: { ...NOBODY, ...env, NODE_EXTRA_CA_CERTS: path.join(folder, 'ca.pem') },
    });
    assert.equal(stderr, '');
    const told = JSON.parse(stdout) as Told;
    for (const canary of ['canary', TOKEN]) assert.ok(!JSON.stringify(told).includes(canary), told.shown);
    return told;
  };

  for (const [title, env, config] of [
    ['of an App Service', appService, { managedIdentity: {} }],
    ['of a virtual machine', imds, { managedIdentity: {} }],
    ['that a user assigned', appService, { managedIdentity: { clientId: 'assigned' } }],
    ['of an App Service, by the default chain', appService, {}],
    ['of a virtual machine, by the default chain', imds, {}],
  ] as const) {
    it(`give a token: ${title}`, async () => {
      assert.deepEqual(await ping(config, env()), { code: 'ok' });
      assert.deepEqual(account.callers, ['Bearer']);
      const asked = service.requests.map(({ path: at, fields, headers }) => [
        at.replace(/\/$/, ''),
        fields['resource'],
        fields['client_id'],
        headers['x-identity-header'] ?? headers['metadata'],
      ]);
      const clientId = 'managedIdentity' in config && 'clientId' in config.managedIdentity ? 'assigned' : undefined;
      const place = env === appService ? ['/msi/token', HEADER] : ['/metadata/identity/oauth2/token', 'true'];
      assert.deepEqual(asked, [[place[0], 'https://storage.azure.com', clientId, place[1]]]);
    });
  }

  type Meaning = readonly [name: string, code: string, retryable: boolean];
  const REFUSED: Meaning = ['AuthError', 'AUTH_FAILED', false];
  const AGAIN: Meaning = ['AuthError', 'AUTH_FAILED', true];
  const FAILURES: readonly (readonly [
    title: string,
    answer: (response: ServerResponse) => void,
    meaning: Meaning,
    message: RegExp,
  ])[] = [
    ['refuses', (response) => json(response, 401, { error: 'AADSTS70011 canary' }), REFUSED, /: 401 AADSTS70011$/],
    ['has no identity yet', (response) => json(response, 404, { error: 'not_found' }), AGAIN, /: 404 not_found$/],
    [
      'asks for fewer requests',
      (response) => json(response, 429, { error: 'busy' }),
      ['TransientError', 'THROTTLED', true],
      /: 429 busy$/,
    ],
    [
      'is not up',
      (response) => json(response, 503, { error: 'down' }),
      ['TransientError', 'SERVER_ERROR', true],
      /: 503 down$/,
    ],
    ['fails without a word', (response) => response.writeHead(500).end('canary'), AGAIN, /: network_error$/],
    ['answers with something else', (response) => response.end('<html>canary</html>'), AGAIN, /: network_error$/],
  ];
  for (const [where, env] of [
    ['an App Service', appService],
    ['a virtual machine', imds],
  ] as const) {
    for (const [title, answer, meaning, message] of FAILURES) {
      it(`of ${where} that ${title} are ${meaning[1]}, and no request reaches the account`, async () => {
        service.answer = answer;
        const told = await ping({ managedIdentity: {} }, env());
        assert.deepEqual([told.name, told.code, told.retryable], meaning, told.message);
        assert.match(told.message ?? '', message);
        assert.deepEqual([service.requests.length, account.callers.length], [1, 0]);
      });
    }

    it(`of ${where} that never answer are given up in time, and the process ends`, async () => {
      service.answer = () => undefined;
      const { name, code } = await ping({ managedIdentity: {}, timeouts: { read: 200 } }, env());
      assert.deepEqual([name, code], ['TimeoutError', 'RESPONSE_TIMEOUT']);
      assert.deepEqual([service.requests.length, account.callers.length], [1, 0]);
    });
  }

  it('are given up as a service principal is whose service never answers, and the process ends', async () => {
    await using entra = await startTokenService(certificate);
    entra.answer = () => undefined;
    const clientSecret = {
      tenantId: 'tenant',
      clientId: 'client',
      clientSecret: 'canary',
      authorityHost: entra.origin,
    };
    const { name, code } = await ping({ clientSecret, timeouts: { read: 200 } }, {});
    assert.deepEqual([name, code, entra.requests.length], ['TimeoutError', 'RESPONSE_TIMEOUT', 1]);
  });

  it('that are not there are an AuthError of the default chain: nothing is asked as nobody', async () => {
    const { name, code, message = '' } = await ping({}, {});
    assert.deepEqual([name, code], ['AuthError', 'AUTH_FAILED']);
    assert.match(message, /^no credential of the default chain gave a token/);
    assert.equal(account.callers.length, 0);
  });

  it('are not looked for in vain: a chain that the environment misspells is a ConfigError', async () => {
    const { name, code } = await ping({}, { AZURE_TOKEN_CREDENTIALS: 'canary' });
    assert.deepEqual([name, code, account.callers.length], ['ConfigError', 'CONFIG_INVALID', 0]);
  });
});
