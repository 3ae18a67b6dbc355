import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import {
  AccountSASPermissions,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
} from '@azure/storage-file-datalake';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../src/connectors/adls2/config.ts';
import { adlsSource } from '../../src/connectors/adls2/source.ts';
import { startAdlsServer } from '../../src/testing/adls-server/index.ts';
import type { AdlsOperation, AdlsServer } from '../../src/testing/adls-server/index.ts';
import { createServerCertificate } from '../../src/testing/postgres/self-signed-certificate.ts';
import { openSource } from '../connectors/adls2/reading.ts';
import { json, startTokenService } from '../connectors/adls2/token-service.ts';
import type { TokenService } from '../connectors/adls2/token-service.ts';
import { BYTES, CONTAINER, PART, PATH, openSink, requests, stored } from '../connectors/adls2/writing.ts';
import { QUICK, assertSameBytes, connectorRejection, readAll } from '../connectors/s3/support.ts';
import { chunked } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { leavesTemporaryPaths, watchTemporaryPaths } from '../support/watches/temporary-paths.ts';

const [FIRST, SECOND, THIRD] = ['first.token', 'second.token', 'third.token'];
const HOUR = 3_600_000;
const retry = { ...QUICK, attempts: 1 };
const certificate = createServerCertificate();

describe('tokens of ADLS that are refused before their time', () => {
  const trusted = tls.getCACertificates('default');
  let adls: AdlsServer;
  let service: TokenService;
  beforeEach(async () => {
    adls = await startAdlsServer({ containers: [CONTAINER], tokens: [FIRST], tls: true });
    service = await startTokenService(certificate);
    service.token = FIRST;
    tls.setDefaultCACertificates([...trusted, certificate.ca, adls.ca ?? '']);
    watchTemporaryPaths(adls);
  });
  afterEach(async () => {
    tls.setDefaultCACertificates(trusted);
    closeAdlsClients();
    await Promise.all([adls.close(), service[Symbol.asyncDispose]()]);
  });

  const config = (): Adls2Settings => ({
    accountUrl: adls.endpoint,
    clientSecret: { tenantId: 'tenant', clientId: 'client', clientSecret: 'secret', authorityHost: service.origin },
  });
  const sink = () => openSink(adls, { config: config(), retry });
  const source = (concurrency = 1) => openSource(adls, { config: config(), retry, partSize: PART, concurrency });
  const expire = (token: string, next: string): void => {
    adls.expireToken(token);
    adls.addToken(next);
    service.token = next;
  };
  const expiresAt = (operation: AdlsOperation, nth: number) =>
    adls.on(operation, nth, { call: () => expire(FIRST, SECOND) });

  for (const [operation, nth] of [
    ['CreatePathFile', 1],
    ['AppendFile', 1],
    ['AppendFile', 3],
    ['FlushFile', 1],
    ['GetBlobProperties', 1],
    ['RenamePath', 1],
  ] as const) {
    it(`are asked for anew, once, by ${operation} ${nth}, and the file is written`, async () => {
      const expired = expiresAt(operation, nth);
      const written = sink();
      await pipeline(chunked(BYTES, 5_000), written);
      assert.equal(expired.fired, 1);
      assertSameBytes(stored(adls), BYTES);
      assert.equal((await written.settled).outcome, 'done');
      assert.equal(service.requests.length, 2);
    });
  }

  for (const [nth, concurrency] of [
    [1, 1],
    [3, 1],
    [2, 4],
  ] as const) {
    it(`are asked for anew, once, by GetBlob ${nth} of ${concurrency} at a time, and the file is read`, async () => {
      adls.putFile(CONTAINER, PATH, BYTES);
      const expired = expiresAt('GetBlob', nth);
      assertSameBytes(await readAll(source(concurrency)), BYTES);
      assert.deepEqual([expired.fired, service.requests.length], [1, 2]);
    });
  }

  it('are asked for anew by a listing', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    const expired = expiresAt('ListPaths', 1);
    assertSameBytes(await readAll(adlsSource(`adls://${CONTAINER}/dir/`, { config: config(), retry })), BYTES);
    assert.deepEqual([expired.fired, service.requests.length], [1, 2]);
  });

  it('are asked for anew to remove what a write has left whose source failed', async () => {
    const expired = expiresAt('DeletePath', 1);
    const written = sink();
    const failing = Readable.from(
      (async function* () {
        yield BYTES;
        await adls.waitFor('AppendFile', 1, 'ended');
        throw new Error('the source broke');
      })(),
    );
    await rejection(pipeline(failing, written));
    assert.equal(expired.fired, 1);
    assert.equal((await written.settled).cleanup, 'confirmed');
  });

  it('are asked for anew as often as they expire', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    const faults = [expiresAt('GetBlob', 2), adls.on('GetBlob', 4, { call: () => expire(SECOND, THIRD) })];
    assertSameBytes(await readAll(source()), BYTES);
    assert.deepEqual(
      faults.map(({ fired }) => fired),
      [1, 1],
    );
    assert.equal(service.requests.length, 3);
  });

  it('are an AuthError when those that come are refused as well, and nobody is asked a third time', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    const expired = adls.on('GetBlob', 1, { call: () => expire(FIRST, SECOND) });
    const again = adls.on('GetBlob', 2, { call: () => adls.expireToken(SECOND) });
    const error = await connectorRejection(readAll(source()));
    assert.deepEqual([expired.fired, again.fired], [1, 1]);
    assert.deepEqual([error.name, error.code, error.status, error.retryable], ['AuthError', 'AUTH_FAILED', 401, false]);
    assert.deepEqual([requests(adls, 'GetBlob').length, service.requests.length], [2, 2]);
  });

  it('are an AuthError at once when the identity gives the same one again', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    adls.expireToken(FIRST);
    const error = await connectorRejection(readAll(source()));
    assert.deepEqual([error.name, error.code, error.status], ['AuthError', 'AUTH_FAILED', 401]);
    assert.deepEqual([requests(adls, 'GetBlob').length, service.requests.length], [1, 2]);
  });

  it('are what the identity says when it gives no other, and it is not asked on and on', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    const expired = adls.on('GetBlob', 2, {
      call: () => {
        adls.expireToken(FIRST);
        service.answer = (response) => json(response, 401, { error: 'invalid_client', error_codes: [7_000_215] });
      },
    });
    const error = await connectorRejection(readAll(source()));
    assert.deepEqual([expired.fired, error.name, error.code], [1, 'AuthError', 'AUTH_FAILED']);
    assert.match(error.message, /the identity gave no token/);
    assert.equal(service.requests.length, 2);
  });
});

describe('a shared access signature of ADLS that expires during a transfer', () => {
  const clock = { offset: 0 };
  let adls: AdlsServer;
  beforeEach(async () => {
    clock.offset = 0;
    adls = await startAdlsServer({ containers: [CONTAINER], now: () => new Date(Date.now() + clock.offset) });
    watchTemporaryPaths(adls);
  });
  afterEach(async () => {
    closeAdlsClients();
    await adls.close();
  });

  const signed = (startsOn: number, expiresOn: number): Adls2Settings => ({
    accountUrl: adls.endpoint,
    sasToken: generateAccountSASQueryParameters(
      {
        permissions: AccountSASPermissions.parse('racwdl'),
        ...{ services: 'b', resourceTypes: 'sco' },
        ...{ startsOn: new Date(Date.now() + startsOn), expiresOn: new Date(Date.now() + expiresOn) },
      },
      new StorageSharedKeyCredential(adls.accountName, adls.accountKey),
    ).toString(),
  });
  const expiresAt = (operation: AdlsOperation, nth: number) =>
    adls.on(operation, nth, { call: () => void (clock.offset = 2 * HOUR) });

  it('is an AuthError that says so while reading, after one try', async () => {
    adls.putFile(CONTAINER, PATH, BYTES);
    const expired = expiresAt('GetBlob', 2);
    const source = openSource(adls, { config: signed(-HOUR, HOUR), retry: QUICK, partSize: PART, concurrency: 1 });
    const error = await connectorRejection(readAll(source));
    assert.deepEqual([error.name, error.code, error.retryable], ['AuthError', 'AUTH_EXPIRED', false]);
    assert.match(error.message, /^ADLS answered 403 AuthenticationFailed: the shared access signature has expired/);
    assert.deepEqual([expired.fired, requests(adls, 'GetBlob').length], [1, 2]);
  });

  it('is an AuthError that says so while writing, and what can no longer be removed is named', async () => {
    const expired = expiresAt('FlushFile', 1);
    const written = openSink(adls, { config: signed(-HOUR, HOUR), retry: QUICK });
    const error = await connectorRejection(pipeline(chunked(BYTES, 5_000), written));
    assert.deepEqual([expired.fired, error.code, error.outcome], [1, 'AUTH_EXPIRED', 'not-done']);
    const { cleanup, leftover } = await written.settled;
    assert.equal(cleanup, 'unconfirmed');
    assert.match(String(leftover?.['temporaryPath']), /^dir\/\.file\..*\.sluice-tmp$/);
    leavesTemporaryPaths(adls, 1);
  });

  it('is told of an answer to a HEAD as well', async () => {
    adls.putFile(CONTAINER, 'empty', '');
    const expired = expiresAt('GetBlobProperties', 1);
    const error = await connectorRejection(
      readAll(openSource(adls, { path: 'empty', config: signed(-HOUR, HOUR), retry: QUICK })),
    );
    assert.deepEqual([expired.fired, error.code], [1, 'AUTH_EXPIRED']);
  });

  it('is told from one whose time has not come', async () => {
    const source = openSource(adls, { config: signed(HOUR, 2 * HOUR), retry: QUICK });
    const error = await connectorRejection(readAll(source));
    assert.deepEqual([error.name, error.code], ['AuthError', 'AUTH_FAILED']);
    assert.match(error.message, /the shared access signature is not valid yet/);
  });

  it('is told from one that is wrong', async () => {
    const { sasToken = '', ...config } = signed(-HOUR, HOUR);
    const wrong = { ...config, sasToken: sasToken.replace(/sig=[^&]*/, 'sig=d3Jvbmc%3D') };
    const error = await connectorRejection(readAll(openSource(adls, { config: wrong, retry: QUICK })));
    assert.equal(error.code, 'AUTH_FAILED');
    assert.match(error.message, /^ADLS answered 403 AuthenticationFailed(?!:)/);
  });
});
