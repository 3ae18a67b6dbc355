import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  AnonymousCredential,
  DataLakeSASPermissions,
  DirectorySASPermissions,
  FileSystemSASPermissions,
  StorageSharedKeyCredential,
  generateAccountSASQueryParameters,
  generateDataLakeSASQueryParameters,
} from '@azure/storage-file-datalake';
import type { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { refusal } from '../../conformance/adls-server/requests.ts';
import { send } from './raw-client.ts';
import { sdkClient, tokenOf } from './sdk-client.ts';

const minutes = (count: number): Date => new Date(Date.now() + count * 60_000);

/** Reads the file, and says what became of it. */
async function read(service: DataLakeServiceClient, path = 'dir/file'): Promise<string> {
  const file = service.getFileSystemClient('lake').getFileClient(path);
  return file.readToBuffer().then(String, () => refusal(file.getProperties()));
}

describe('ADLS server: who may ask', () => {
  let server: AdlsServer;
  let key: StorageSharedKeyCredential;

  beforeEach(async () => {
    server = await startAdlsServer({ containers: ['lake'], accountName: 'lakeaccount' });
    server.putFile('lake', 'dir/file', 'data');
    key = new StorageSharedKeyCredential(server.accountName, server.accountKey);
  });

  afterEach(() => server.close());

  it('verifies Shared Key: the key, the account, the clock, and that there is one', async () => {
    const get = { path: '/lake/dir/file' };
    assert.equal((await send(server, get)).status, 200);
    const wrong = Buffer.from('wrong').toString('base64');
    for (const sign of [{ key: wrong }, { account: 'other' }, { date: minutes(-16) }, { date: minutes(16) }]) {
      const reply = await send(server, { ...get, sign });
      assert.deepEqual([reply.status, reply.headers['x-ms-error-code']], [403, 'AuthenticationFailed']);
    }
    const nobody = await send(server, { ...get, sign: false });
    assert.deepEqual([nobody.status, nobody.headers['x-ms-error-code']], [401, 'NoAuthenticationInformation']);
    assert.match(String(nobody.headers['www-authenticate']), /^Bearer authorization_uri=\S+ resource_id=\S+$/);
    const refused = await send(server, { ...get, path: '/lake', query: 'resource=filesystem', sign: { key: wrong } });
    assert.match(refused.body.toString(), /^\{"error":\{"code":"AuthenticationFailed"/);
  });

  it('takes a key that is added, and no more the one that is revoked', async () => {
    const next = Buffer.from('the next key').toString('base64');
    const sign = { key: next };
    assert.equal((await send(server, { path: '/lake/dir/file', sign })).status, 403);
    server.addAccountKey(next);
    server.revokeAccountKey(server.accountKey);
    assert.equal((await send(server, { path: '/lake/dir/file', sign })).status, 200);
    assert.equal((await send(server, { path: '/lake/dir/file' })).status, 403);
  });

  function accountSas(changes: { permissions?: string; services?: string; types?: string; end?: Date } = {}): string {
    const { permissions = 'rwdlac', services = 'b', types = 'sco', end = minutes(5) } = changes;
    return generateAccountSASQueryParameters(
      {
        expiresOn: end,
        permissions: AccountSASPermissions.parse(permissions),
        services: AccountSASServices.parse(services).toString(),
        resourceTypes: AccountSASResourceTypes.parse(types).toString(),
      },
      key,
    ).toString();
  }

  async function readWith(query: string, path?: string): Promise<string> {
    using client = sdkClient(server, new AnonymousCredential(), { query });
    return await read(client.service, path);
  }

  it('verifies the signature of an account, its time, and what it allows', async () => {
    assert.equal(await readWith(accountSas()), 'data');
    assert.equal(await readWith(accountSas({ end: minutes(-1) })), '403 AuthenticationFailed');
    assert.equal(await readWith(accountSas().replace('sp=rwdlac', 'sp=rwdlacu')), '403 AuthenticationFailed');
    assert.equal(await readWith(accountSas({ permissions: 'wl' })), '403 AuthorizationPermissionMismatch');
    assert.equal(await readWith(accountSas({ services: 'q' })), '403 AuthorizationServiceMismatch');
    assert.equal(await readWith(accountSas({ types: 'c' })), '403 AuthorizationResourceTypeMismatch');
    using client = sdkClient(server, new AnonymousCredential(), { query: accountSas() });
    const file = client.service.getFileSystemClient('lake').getFileClient('dir/with sas');
    await file.upload(Buffer.from('x'));
    await file.move('dir/moved');
    assert.equal(server.getFile('lake', 'dir/moved')?.toString(), 'x');
  });

  it('verifies the signature of a file, a directory and a container, each within its bounds', async () => {
    server.putFile('lake', 'other', 'data');
    const values = { fileSystemName: 'lake', expiresOn: minutes(5) };
    const file = { ...values, pathName: 'dir/file', permissions: DataLakeSASPermissions.parse('r') };
    const directory = {
      ...values,
      ...{ pathName: 'dir', isDirectory: true, directoryDepth: 1, permissions: DirectorySASPermissions.parse('rl') },
    };
    const container = { ...values, permissions: FileSystemSASPermissions.parse('rl') };
    for (const [wanted, other] of [
      [file, '403 AuthenticationFailed'],
      [directory, '403 AuthenticationFailed'],
      [container, 'data'],
    ] as const) {
      const query = generateDataLakeSASQueryParameters(wanted, key).toString();
      assert.deepEqual([await readWith(query), await readWith(query, 'other')], ['data', other]);
    }
    const expired = generateDataLakeSASQueryParameters({ ...file, expiresOn: minutes(-5) }, key).toString();
    assert.equal(await readWith(expired), '403 AuthenticationFailed');
  });

  it('takes bearer tokens over TLS, and signatures of the keys that it gives for them', async () => {
    await using secure = await startAdlsServer({ containers: ['lake'], tls: true, tokens: ['canary-token'] });
    secure.putFile('lake', 'dir/file', 'data');
    using client = sdkClient(secure, tokenOf('canary-token'));
    assert.equal(await read(client.service), 'data');
    using stranger = sdkClient(secure, tokenOf('another'));
    assert.equal(await read(stranger.service), '401 InvalidAuthenticationInfo');
    const delegation = await client.service.getUserDelegationKey(minutes(-5), minutes(60));
    const values = {
      ...{ fileSystemName: 'lake', pathName: 'dir/file', expiresOn: minutes(5) },
      permissions: DataLakeSASPermissions.parse('r'),
    };
    const good = generateDataLakeSASQueryParameters(values, delegation, secure.accountName).toString();
    using delegated = sdkClient(secure, new AnonymousCredential(), { query: good });
    assert.equal(await read(delegated.service), 'data');
    const forged = { ...delegation, value: Buffer.from('forged').toString('base64') };
    const bad = generateDataLakeSASQueryParameters(values, forged, secure.accountName).toString();
    using forger = sdkClient(secure, new AnonymousCredential(), { query: bad });
    assert.equal(await read(forger.service), '403 AuthenticationFailed');
    secure.expireToken('canary-token');
    assert.equal(await read(client.service), '401 InvalidAuthenticationInfo');
    assert.doesNotMatch(inspect(secure.operations, { depth: null }), /canary|sig[:=]|Bearer \w/);
  });

  it('answers at hosts of Azure by what they are for, and refuses what is for the other', async () => {
    const url = `http://${server.accountName}.dfs.core.windows.net:${server.port}`;
    using client = sdkClient(server, key, { url });
    const file = client.service.getFileSystemClient('lake').getFileClient('dir/new');
    await file.upload(Buffer.from('by host'));
    await file.move('dir/moved');
    assert.equal(await read(client.service, 'dir/moved'), 'by host');
    const hosts = new Set(
      server.operations.map(({ side, headers }) => `${side} ${headers['host']?.split('.')[1] ?? ''}`),
    );
    assert.deepEqual([...hosts].sort(), ['blob blob', 'dfs dfs']);
    const host = `${server.accountName}.blob.core.windows.net`;
    const wrong = await send(server, { path: '/lake', query: 'recursive=true&resource=filesystem', headers: { host } });
    assert.deepEqual([wrong.status, wrong.headers['content-type']], [400, 'application/xml']);
    const dfs = `${server.accountName}.dfs.core.windows.net`;
    const blob = await send(server, { path: '/lake/dir/file', headers: { host: dfs } });
    assert.deepEqual([blob.status, blob.headers['content-type']], [400, 'application/json;charset=utf-8']);
  });

  it('keeps keys and signatures out of the log', async () => {
    await readWith(accountSas());
    await send(server, { path: '/lake/dir/file' });
    await send(server, {
      ...{ method: 'PUT', path: '/lake/dir/b', query: 'mode=legacy' },
      headers: { 'x-ms-rename-source': '/lake/dir/file?sv=1&sig=canary' },
    });
    assert.doesNotMatch(inspect(server.operations, { depth: null }), /canary|sig[:=]|SharedKey \w+:/);
    const schemes = new Set(server.operations.map(({ authorization }) => authorization));
    assert.deepEqual([...schemes], ['SAS', 'SharedKey']);
  });
});
