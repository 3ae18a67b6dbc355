import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import {
  AccountSASPermissions,
  DataLakeServiceClient,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from '@azure/storage-file-datalake';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import { adlsSource } from '../../../src/connectors/adls2/source.ts';
import type { AdlsStreamOptions } from '../../../src/connectors/adls2/stream-options.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsFaultAction, AdlsOperation } from '../../../src/testing/adls-server/index.ts';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { CONTAINER, settingsFor, useAdlsServer } from '../../connectors/adls2/server.ts';
import { startTokenService } from '../../connectors/adls2/token-service.ts';
import { startEndpoint } from '../../connectors/s3/endpoint.ts';
import { QUICK, rejection } from '../../connectors/s3/support.ts';
import { leavesTemporaryPaths, temporaryPaths } from '../../support/watches/temporary-paths.ts';
import { ACCOUNT_KEY, SAS, SESSION_TOKEN, SIGNING_KEY, VALUE } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing, shown } from './hearing.ts';
import { assertTellsNothing as tellsNothing } from './stream.ts';
import type { Make } from './stream.ts';

/** Of the request that is refused: whoever holds it may repeat the request. */
const SIGNED = /SharedKey \w+:[\w+/=]{40}|[?&]sig=[\w%]{20}|Bearer [\w.-]{8}/;
const BYTES = Buffer.from(`1,${VALUE}\n`.repeat(50));
const HOUR = 3_600_000;

const target = { container: CONTAINER, path: 'dir/file', partSize: 300 };
const source: Make<AdlsStreamOptions> = (options) =>
  adlsFileSource({ ...target, idleTimeout: 150, responseTimeout: 150, ...options });
const listing: Make<AdlsStreamOptions> = (options) =>
  adlsSource(`adls://${CONTAINER}/dir/`, { ...options, join: 'raw' });
const sink: Make<AdlsStreamOptions> = (options) => {
  const opened = adlsFileSink({ ...target, commitTimeout: 400, cleanupTimeout: 100, ...options });
  Readable.from([BYTES]).pipe(opened);
  return opened;
};

const assertTellsNothing = (make: Make<AdlsStreamOptions>, options: AdlsStreamOptions) =>
  tellsNothing(make, options, SIGNED);

const paths: readonly {
  readonly make: Make<AdlsStreamOptions>;
  readonly of: string;
  readonly operation: AdlsOperation;
}[] = [
  { of: 'a read', make: source, operation: 'GetBlob' },
  { of: 'a listing', make: listing, operation: 'ListPaths' },
  { of: 'a Create', make: sink, operation: 'CreatePathFile' },
  { of: 'an append', make: sink, operation: 'AppendFile' },
  { of: 'a flush', make: sink, operation: 'FlushFile' },
  { of: 'a look at what was flushed', make: sink, operation: 'GetBlobProperties' },
  { of: 'a rename', make: sink, operation: 'RenamePath' },
];

const actions: readonly AdlsFaultAction[] = [
  { status: 301, code: 'Moved' },
  { status: 401, code: 'InvalidAuthenticationInfo' },
  { status: 403, code: 'AuthenticationFailed' },
  { status: 403, code: 'AuthorizationPermissionMismatch' },
  { status: 404, code: 'FilesystemNotFound' },
  { status: 412, code: 'ConditionNotMet' },
  { status: 500, code: 'InternalError' },
  { status: 503, code: 'ServerBusy' },
  { errorInBody: { code: 'InternalError' } },
  { reset: 'before' },
  { reset: 'after' },
  { stall: 'before' },
];

describe('the secrets of ADLS', () => {
  const server = useAdlsServer({ accountKey: SIGNING_KEY });
  const trusted = tls.getCACertificates('default');
  afterEach(() => tls.setDefaultCACertificates(trusted));
  const timeouts = { read: 300, operation: 300, connect: 300 };
  const keyed = (): Adls2Settings => ({ ...settingsFor(server.adls), timeouts });

  it('are tried on every request and every failure', () => {
    assert.deepEqual([paths.length, actions.length], [7, 12]);
  });

  for (const { of, make, operation } of paths) {
    it(`are in nothing that ${of} shows when it fails, however it fails`, async () => {
      let failures = 0;
      for (const action of actions) {
        server.adls.putFile(CONTAINER, 'dir/file', BYTES);
        const fault = server.adls.on(operation, 'always', action);
        const failure = await assertTellsNothing(make, { config: keyed() });
        failures += failure === undefined ? 0 : 1;
        assert.ok(fault.fired >= 1, `${JSON.stringify(action)} did not take effect`);
        fault.remove();
      }
      leavesTemporaryPaths(server.adls, temporaryPaths(server.adls).length);
      // Some are survived, such as an answer that is lost behind a rename.
      assert.ok(failures >= 9, `${failures} failed`);
    });
  }

  for (const [by, config] of [
    ['a signature', () => ({ accountUrl: server.adls.endpoint, sasToken: signature() })],
    ['a connection string', () => ({ connectionString: server.adls.connectionString, allowHttp: true })],
    ['a wrong key', () => ({ ...keyed(), accountKey: Buffer.from(ACCOUNT_KEY).toString('base64') })],
    [
      'a wrong signature',
      () => ({ accountUrl: server.adls.endpoint, sasToken: `sv=2026-01-01&sig=${encodeURIComponent(SAS)}` }),
    ],
  ] as const satisfies readonly (readonly [string, () => Adls2Settings])[]) {
    it(`are in nothing that is shown of ${by}`, async () => {
      const secret: Adls2Settings = { ...config(), timeouts };
      const held = secret.sasToken === undefined ? '' : (new URLSearchParams(secret.sasToken).get('sig') ?? '');
      for (const { make, operation } of paths) {
        server.adls.putFile(CONTAINER, 'dir/file', BYTES);
        const fault = server.adls.on(operation, 'always', { status: 403, code: 'AuthenticationFailed' });
        const failure = await assertTellsNothing(make, { config: secret });
        assert.match(failure?.code ?? '', /^(?:AUTH_FAILED|AUTH_EXPIRED|ACCESS_DENIED)$/);
        assert.ok(held === '' || !shown(failure).includes(held));
        fault.remove();
      }
      leavesTemporaryPaths(server.adls, temporaryPaths(server.adls).length);
    });
  }

  /** Of the account, good for an hour. */
  const signature = (): string =>
    generateAccountSASQueryParameters(
      {
        ...{ permissions: AccountSASPermissions.parse('racwdl'), services: 'b', resourceTypes: 'sco' },
        expiresOn: new Date(Date.now() + HOUR),
      },
      new StorageSharedKeyCredential(server.adls.accountName, SIGNING_KEY),
    ).toString();

  it('are in nothing that is shown of a token', async () => {
    const certificate = createServerCertificate();
    await using adls = await startAdlsServer({ containers: [CONTAINER], tls: true });
    await using service = await startTokenService(certificate);
    service.token = SESSION_TOKEN;
    tls.setDefaultCACertificates([...trusted, certificate.ca, adls.ca ?? '']);
    const clientSecret = { tenantId: 'tenant', clientId: 'client', clientSecret: SAS, authorityHost: service.origin };
    const config = { accountUrl: adls.endpoint, clientSecret };
    const patient: Make<AdlsStreamOptions> = (options) => adlsFileSource({ ...target, ...options });
    for (const make of [patient, listing, sink]) {
      const { code } = (await assertTellsNothing(make, { config, timeout: 5_000 })) ?? {};
      assert.equal(code, 'AUTH_FAILED');
    }
    assert.ok(adls.operations.length >= 3 && adls.operations.every(({ status }) => status === 401));
    closeAdlsClients();
  });

  it('are in nothing that a client shows that was handed in', async () => {
    server.adls.putFile(CONTAINER, 'dir/file', BYTES);
    const client = DataLakeServiceClient.fromConnectionString(server.adls.connectionString, {
      retryOptions: { maxTries: 1 },
    });
    for (const action of actions.slice(1, 8)) {
      const fault = server.adls.on('GetBlob', 'always', action);
      // The client itself is the user's: what it shows of itself is not ours to hide.
      await assertTellsNothing((options) => source({ ...options, client }), {});
      assert.ok(fault.fired >= 1);
      fault.remove();
    }
  });

  it('are in nothing that is shown when there is no account, or none that speaks so', async () => {
    for (const accountUrl of [
      'http://127.0.0.1:9/account',
      `https://127.0.0.1:${server.adls.port}/account`,
      'https://no.such.host.invalid/account',
    ]) {
      const { code = '' } =
        (await assertTellsNothing(source, { config: { ...keyed(), accountName: 'account', accountUrl } })) ?? {};
      assert.match(code, /^CONNECTION_/);
    }
  });

  describe('that the account itself repeats', () => {
    /** All that it was told, in every form in which it could be told back. */
    const echo = ({ headers, url = '' }: IncomingMessage, form: 'json' | 'xml' | 'page'): string => {
      const told = [url, ...Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)].join('\n');
      if (form === 'json') return JSON.stringify({ error: { code: 'AuthenticationFailed', message: told } });
      if (form === 'page') return `<html>${told}</html>`;
      const detail = `<AuthenticationErrorDetail>${told.replaceAll('&', '&amp;')}</AuthenticationErrorDetail>`;
      return `<?xml version="1.0"?><Error><Code>AuthenticationFailed</Code><Message>no</Message>${detail}</Error>`;
    };

    for (const form of ['json', 'xml', 'page'] as const) {
      it(`as ${form} are in nothing that is shown`, async () => {
        let repeated = 0;
        await using endpoint = await startEndpoint((request, response) => {
          const body = echo(request, form);
          repeated += Number(body.includes(encodeURIComponent(SAS)));
          const headers = { 'content-type': form === 'json' ? 'application/json' : 'application/xml' };
          response.writeHead(403, { ...headers, 'x-echo': encodeURIComponent(request.url ?? '') }).end(body);
        });
        const config = {
          accountUrl: `${endpoint.url}/account`,
          sasToken: `sv=2026-01-01&sig=${encodeURIComponent(SAS)}`,
          timeouts,
        };
        for (const { make } of paths) {
          const { code = '' } = (await assertTellsNothing(make, { config })) ?? {};
          assert.match(code, /^(?:AUTH_FAILED|ACCESS_DENIED)$/);
        }
        assert.ok(repeated >= paths.length, 'nothing was repeated');
        closeAdlsClients();
      });
    }
  });

  it('are in nothing that refuses settings', () => {
    const accountUrl = 'https://lake.dfs.core.windows.net';
    const malformed: readonly unknown[] = [
      { accountUrl: `${accountUrl}/?${SAS}`, accountKey: SIGNING_KEY },
      { accountUrl: `https://u:${ACCOUNT_KEY}@host`, sasToken: SAS },
      { accountUrl, accountKey: SIGNING_KEY, sasToken: SAS },
      { accountUrl, accountKey: [SIGNING_KEY] },
      { connectionString: { key: SIGNING_KEY } },
      { accountUrl, clientSecret: SESSION_TOKEN },
      { accountUrl, accountKey: SIGNING_KEY, transfer: { chunkSize: ACCOUNT_KEY } },
    ];
    for (const config of malformed) {
      assert.throws(
        () => adlsFileSource({ ...target, config: config as Adls2Settings }),
        (error: Error) => {
          assert.ok(error instanceof ConnectorError && error.code === 'CONFIG_INVALID');
          assertNoCanary(shown(error));
          return true;
        },
      );
    }
  });

  it('are in nothing that a pipeline rejects with', async () => {
    server.adls.putFile(CONTAINER, 'dir/file', BYTES);
    const fault = server.adls.on('AppendFile', 'always', { status: 403, code: 'AuthorizationPermissionMismatch' });
    const options = { ...target, config: keyed(), retry: QUICK };
    const heard = await hearing(async (ear) => {
      const [from, to] = [adlsFileSource(options), adlsFileSink({ ...options, path: 'dir/copy' })];
      ear.hear(await rejection(pipeline(ear.watch(from), ear.watch(to))));
    });
    assert.ok(fault.fired >= 1 && heard.errors >= 2);
    assertNoCanary(heard.text);
  });
});
