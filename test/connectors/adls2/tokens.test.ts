import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import type { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { setSecretsProvider, staticSecrets } from '../../../src/config/secrets.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adls2, connectors } from '../../../src/connectors/registry.ts';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { assertSilent, rejection } from '../../support/faults.ts';
import { TOKEN, startAccount } from './account.ts';
import type { Account } from './account.ts';
import { json, startTokenService } from './token-service.ts';
import type { TokenService } from './token-service.ts';

const SECRET = 'canary~client.secret';
const ASSERTION = 'canary.federated.token';
const CANARIES = [SECRET, ASSERTION, 'canary', TOKEN];
const certificate = createServerCertificate();

describe('tokens for ADLS Gen2', () => {
  const trusted = tls.getCACertificates('default');
  let account: Account;
  let service: TokenService;
  let folder: string;
  let tokenFile: string;
  before(() => tls.setDefaultCACertificates([...trusted, certificate.ca]));
  after(() => tls.setDefaultCACertificates(trusted));
  beforeEach(async () => {
    [account, service] = await Promise.all([startAccount(certificate), startTokenService(certificate)]);
    folder = mkdtempSync(path.join(tmpdir(), 'sluice-token-'));
    tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, `${ASSERTION}\n`);
  });
  afterEach(async () => {
    await connectors.reset();
    setSecretsProvider('vault', undefined);
    await Promise.all([account[Symbol.asyncDispose](), service[Symbol.asyncDispose]()]);
    rmSync(folder, { recursive: true });
  });
  const principal = (clientSecret = SECRET): Adls2Settings => ({
    accountUrl: account.url,
    clientSecret: { tenantId: 'tenant', clientId: 'client', clientSecret, authorityHost: service.origin },
  });
  const federated = (): Adls2Settings => ({
    accountUrl: account.url,
    workloadIdentity: { tenantId: 'tenant', clientId: 'client', tokenFile, authorityHost: service.origin },
  });

  it('are those of a service principal, one for all requests', async () => {
    await using client = adls2.client('default', principal());
    await client.ping();
    await client.ping();
    assert.deepEqual(account.callers, ['Bearer', 'Bearer']);
    assert.deepEqual(
      service.requests.map(({ path: at, fields }) => [
        at,
        fields['grant_type'],
        fields['scope'],
        fields['client_id'],
        fields['client_secret'],
      ]),
      [['/tenant/oauth2/v2.0/token', 'client_credentials', 'https://storage.azure.com/.default', 'client', SECRET]],
    );
  });

  it('are those of a workload identity, by the token in its file', async () => {
    await adls2.client('default', federated()).ping();
    assert.deepEqual(account.callers, ['Bearer']);
    assert.deepEqual(
      service.requests.map(({ fields }) => [fields['client_id'], fields['client_assertion'], fields['client_secret']]),
      [['client', ASSERTION, undefined]],
    );
  });

  it('that the account refuses are an AuthError', async () => {
    account.token = 'another';
    const error = await rejection(adls2.client('default', principal()).ping());
    assert.deepEqual([error.name, error['code']], ['AuthError', 'AUTH_FAILED']);
    assertSilent(error, ...CANARIES);
  });

  it('have recursive deletions go by pages, as the rights of all that is in a directory are looked at', async () => {
    const asked: string[] = [];
    account.answer = (response, { method, url = '' }) => {
      asked.push(`${method} ${new URL(url, account.url).searchParams.get('paginated')}`);
      response.end();
    };
    await adls2.client('default', principal()).deletePath('lake', 'dir', { recursive: true });
    assert.deepEqual(asked, ['DELETE true']);
  });

  it('are asked for with the secret that there is by then', async () => {
    setSecretsProvider('vault', staticSecrets({ it: SECRET }));
    // Past its time at once: the next request needs another one.
    service.lifetimeSeconds = 0;
    const client = adls2.client('default', principal('secret://vault/it'));
    await client.ping();
    setSecretsProvider('vault', staticSecrets({ it: 'next' }));
    await client.ping();
    assert.deepEqual(
      service.requests.map(({ fields }) => fields['client_secret']),
      [SECRET, 'next'],
    );
  });

  it('are not asked for where the secret is missing, and the reference is named', async () => {
    setSecretsProvider('vault', staticSecrets({}));
    const error = await rejection(adls2.client('default', principal('secret://vault/it')).ping());
    assert.deepEqual([error['code'], service.requests.length], ['SECRET_MISSING', 0]);
    assert.match(error.message, /secret:\/\/vault\/it/);
  });

  type Answer = (response: ServerResponse) => void;
  const entra =
    (status: number, error: string, number: number): Answer =>
    (response) =>
      json(response, status, {
        ...{ error, error_codes: [number] },
        error_description: `AADSTS${number}: canary of what was sent: ${SECRET} ${ASSERTION}`,
      });
  const FAILURES: readonly (readonly [
    title: string,
    answer: Answer,
    meaning: readonly [name: string, code: string, retryable: boolean],
    message: RegExp,
  ])[] = [
    [
      'refuses the secret',
      entra(401, 'invalid_client', 7_000_215),
      ['AuthError', 'AUTH_FAILED', false],
      /^the identity gave no token: 401 invalid_client AADSTS7000215$/,
    ],
    [
      'does not know the client',
      entra(400, 'unauthorized_client', 700_016),
      ['AuthError', 'AUTH_FAILED', false],
      /400 unauthorized_client AADSTS700016$/,
    ],
    [
      'finds the secret expired',
      entra(401, 'invalid_client', 7_000_222),
      ['AuthError', 'AUTH_EXPIRED', false],
      /AADSTS7000222$/,
    ],
    [
      'finds the federated token expired',
      entra(401, 'invalid_client', 700_024),
      ['AuthError', 'AUTH_EXPIRED', false],
      /AADSTS700024$/,
    ],
    [
      'is not available',
      entra(503, 'temporarily_unavailable', 90_033),
      ['TransientError', 'SERVER_ERROR', true],
      /503 temporarily_unavailable AADSTS90033$/,
    ],
    [
      'asks for fewer requests',
      entra(429, 'throttled', 90_055),
      ['TransientError', 'THROTTLED', true],
      /429 throttled/,
    ],
    [
      'fails without a word',
      (response) => response.writeHead(500).end('canary'),
      ['AuthError', 'AUTH_FAILED', true],
      /network_error$/,
    ],
    [
      'answers with something else',
      (response) => {
        response.setHeader('content-type', 'application/json');
        response.end(`{"access_token": ${SECRET}`);
      },
      ['AuthError', 'AUTH_FAILED', true],
      /network_error$/,
    ],
    [
      'gives a token that is none',
      (response) => json(response, 200, { token_type: 'Bearer', expires_in: 3_600, canary: SECRET }),
      ['AuthError', 'AUTH_FAILED', false],
      /^/,
    ],
    [
      'cuts the connection',
      (response) => response.socket?.destroy(),
      ['AuthError', 'AUTH_FAILED', true],
      /network_error$/,
    ],
  ];
  for (const [title, answer, meaning, message] of FAILURES) {
    for (const [identity, settings] of [
      ['a service principal', principal],
      ['a workload identity', federated],
    ] as const) {
      it(`from a service that ${title} are ${meaning[1]} for ${identity}, after one request, and reach no account`, async () => {
        service.answer = answer;
        const error = await rejection(adls2.client('default', settings()).ping());
        assert.deepEqual([error.name, error['code'], error['retryable']], meaning, String(error));
        assert.match(error.message, message);
        assert.equal(error['connector'], 'adls2');
        assert.deepEqual([service.requests.length, account.callers.length], [1, 0]);
        assertSilent(error, ...CANARIES);
      });
    }
  }

  it('from a service that does not say where to ask are worth another try', async () => {
    service.discovery = (response) => response.writeHead(500).end('canary');
    const error = await rejection(adls2.client('default', principal()).ping());
    assert.deepEqual([error['code'], error['retryable'], account.callers.length], ['AUTH_FAILED', true, 0]);
    assertSilent(error, ...CANARIES);
    service.discovery = undefined;
    await adls2.client('default', principal()).ping();
  });

  it('from a service that never answers are given up in time, and asked for anew by the next request', async () => {
    service.answer = () => undefined;
    const client = adls2.client('default', { ...principal(), timeouts: { read: 100 } });
    const error = await rejection(client.ping());
    assert.deepEqual([error.name, error['code'], error['retryable']], ['TimeoutError', 'RESPONSE_TIMEOUT', true]);
    assert.match(error.message, /no token in 100 ms/);
    assert.deepEqual([service.requests.length, account.callers.length], [1, 0]);
    service.answer = undefined;
    assert.ok((await client.ping()) >= 0);
  });

  it('that one request gave up waiting for serve the others', async () => {
    const asked = Promise.withResolvers<ServerResponse>();
    service.answer = asked.resolve;
    const client = adls2.client('default', principal());
    const native = (await client.dataLakeServiceClient()) as unknown as DataLakeServiceClient;
    const list = (options: object) => native.listFileSystems(options).byPage().next();
    const controller = new AbortController();
    const hasty = rejection(list({ abortSignal: controller.signal }));
    const response = await asked.promise;
    const patient = list({});
    controller.abort();
    json(response, 200, { token_type: 'Bearer', expires_in: 3_600, access_token: TOKEN });
    await Promise.all([hasty, patient]);
    assert.deepEqual([service.requests.length, account.callers], [1, ['Bearer']]);
  });

  it('from a service whose certificate is not trusted are an AuthError, and it is sent nothing', async () => {
    tls.setDefaultCACertificates(trusted);
    const error = await rejection(adls2.client('default', principal()).ping());
    tls.setDefaultCACertificates([...trusted, certificate.ca]);
    assert.deepEqual([error.name, error['code'], service.requests.length], ['AuthError', 'AUTH_FAILED', 0]);
    assertSilent(error, ...CANARIES);
  });

  it('need the file of the federated token', async () => {
    rmSync(tokenFile);
    const error = await rejection(adls2.client('default', federated()).ping());
    assert.deepEqual([error.name, error['code'], service.requests.length], ['ConfigError', 'CONFIG_INVALID', 0]);
    assert.match(error.message, /^workloadIdentity\.tokenFile cannot be read: ENOENT/);
  });

  it('need to be told whose they are', async () => {
    const before = { ...process.env };
    for (const name of ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_FEDERATED_TOKEN_FILE']) {
      Reflect.deleteProperty(process.env, name);
    }
    const error = await rejection(adls2.client('default', { accountUrl: account.url, workloadIdentity: {} }).ping());
    Object.assign(process.env, before);
    assert.deepEqual([error.name, error['code']], ['ConfigError', 'CONFIG_INVALID'], String(error));
    assert.match(error.message, /^workloadIdentity needs more/);
  });
});
