import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { DataLakeServiceClient } from '@azure/storage-file-datalake';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adls2, connectors } from '../../../src/connectors/registry.ts';
import type { ErrorCode } from '../../../src/errors.ts';
import { assertSilent, rejection } from '../../support/faults.ts';
import { ACCOUNT, ACCOUNT_KEY, SAS, listed, refusal, startAccount } from './account.ts';
import type { Account, Answer } from './account.ts';

const CANARIES = [ACCOUNT_KEY, 'canary', 'sig=', 'SharedKey'];
/** What the SDK keeps of the options that it was given, which it tells nobody. */
interface Inside {
  readonly pipeline: {
    readonly options: {
      readonly agent: { readonly maxSockets: number; readonly keepAlive: boolean };
      readonly retryOptions: object;
    };
  };
}

describe('a client of an ADLS Gen2 profile', () => {
  let account: Account;
  beforeEach(async () => void (account = await startAccount()));
  afterEach(async () => {
    await connectors.reset();
    await account[Symbol.asyncDispose]();
  });
  const keyed = (config: Adls2Settings = {}): Adls2Settings => ({
    ...{ accountUrl: account.url, accountKey: ACCOUNT_KEY },
    ...config,
  });
  const ping = (config: Adls2Settings): Promise<number> => adls2.client('default', config).ping();

  const WAYS: readonly { readonly title: string; readonly caller: string; readonly config: () => Adls2Settings }[] = [
    { title: 'a shared key', caller: 'SharedKey', config: keyed },
    {
      title: 'a shared key of a named account',
      caller: 'SharedKey',
      config: () => keyed({ accountUrl: `http://127.0.0.1:${account.port}`, accountName: ACCOUNT }),
    },
    {
      title: 'a connection string with a key',
      caller: 'SharedKey',
      config: () => ({
        connectionString: `BlobEndpoint=${account.url};AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY}`,
      }),
    },
    {
      title: 'a shared access signature',
      caller: 'SAS',
      config: () => ({ accountUrl: account.url, sasToken: SAS }),
    },
    {
      title: 'a shared access signature that begins as in a URL',
      caller: 'SAS',
      config: () => ({ accountUrl: account.url, sasToken: `?${SAS}` }),
    },
    {
      title: 'a connection string with a signature',
      caller: 'SAS',
      config: () => ({ connectionString: `BlobEndpoint=${account.url};SharedAccessSignature=${SAS}` }),
    },
  ];
  for (const { title, caller, config } of WAYS) {
    it(`asks the account once, with ${title}`, async () => {
      assert.ok((await ping(config())) >= 0);
      assert.deepEqual(account.callers, [caller]);
    });
  }

  it('is an AuthError where the key or the signature is another', async () => {
    const other = Buffer.from('canary of another account').toString('base64');
    for (const config of [keyed({ accountKey: other }), { accountUrl: account.url, sasToken: 'sv=1&sig=canary' }]) {
      const error = await rejection(ping(config));
      assert.deepEqual([error.name, error['code'], error['status']], ['AuthError', 'AUTH_FAILED', 403]);
      assert.equal(error['requestId'], 'R1');
      assertSilent(error, other, ...CANARIES);
    }
    assert.deepEqual(account.callers, ['SharedKey', 'SAS']);
  });

  for (const code of [
    'AuthorizationPermissionMismatch',
    'AuthorizationResourceTypeMismatch',
    'AuthorizationServiceMismatch',
    'InsufficientAccountPermissions',
  ]) {
    it(`takes it for an answer that who asks is known, and may not: ${code}`, async () => {
      account.answer = refusal(403, code);
      assert.ok((await ping(keyed())) >= 0);
      assert.equal(account.callers.length, 1);
    });
  }

  const html: Answer = (response) => {
    response.writeHead(502, { 'content-type': 'text/html' });
    response.end('<html>canary</html>');
  };
  const FAILURES: readonly (readonly [title: string, answer: Answer, name: string, code: ErrorCode])[] = [
    ['kept out by the network rules', refusal(403, 'AuthorizationFailure'), 'AuthError', 'ACCESS_DENIED'],
    ['refused without a word', (response) => response.writeHead(403).end(), 'AuthError', 'ACCESS_DENIED'],
    ['refused as nobody', refusal(401, 'NoAuthenticationInformation'), 'AuthError', 'AUTH_FAILED'],
    ['told that it is switched off', refusal(403, 'AccountIsDisabled'), 'PermanentError', 'REQUEST_REFUSED'],
    ['told to slow down', refusal(503, 'ServerBusy'), 'TransientError', 'THROTTLED'],
    ['told that it failed', refusal(500, 'InternalError'), 'TransientError', 'SERVER_ERROR'],
    ['told by a gateway that it failed', html, 'TransientError', 'SERVER_ERROR'],
    ['cut off', (response) => response.socket?.destroy(), 'TransientError', 'CONNECTION_LOST'],
    ['given half an answer', (response) => response.end('<EnumerationResults><Cont'), 'TransientError', 'SERVER_ERROR'],
  ];
  for (const [title, answer, name, code] of FAILURES) {
    it(`asks once and says ${code} when it is ${title}`, async () => {
      account.answer = answer;
      const error = await rejection(ping(keyed()));
      assert.deepEqual([error.name, error['code'], error['connector']], [name, code, 'adls2'], String(error));
      assert.equal(account.callers.length, 1);
      assertSilent(error, ...CANARIES);
    });
  }

  it('carries the wait that the account asks for', async () => {
    account.answer = (response, request) => {
      response.setHeader('retry-after', '7');
      refusal(503, 'ServerBusy')(response, request);
    };
    assert.equal((await rejection(ping(keyed())))['retryAfterMs'], 7_000);
  });

  it('gives up an account that never answers, and cuts the request', async () => {
    const asked = Promise.withResolvers<Promise<unknown>>();
    account.answer = (response) => asked.resolve(once(response, 'close'));
    const error = await rejection(ping(keyed({ timeouts: { operation: 50 } })));
    assert.deepEqual([error.name, error['code']], ['TimeoutError', 'DEADLINE_EXCEEDED']);
    await await asked.promise;
  });

  for (const status of [200, 500]) {
    it(`takes in no answer without an end, of status ${status}`, async () => {
      const MIB = Buffer.alloc(1024 * 1024, 'x');
      const ended = Promise.withResolvers<number>();
      account.answer = (response) => {
        let sent = 0;
        response.writeHead(status, { 'content-type': 'application/xml' });
        const send = (): void => void response.write(MIB, () => (sent += 1) < 1_000 && send());
        response.once('close', () => ended.resolve(sent));
        send();
      };
      const error = await rejection(ping(keyed()));
      assert.deepEqual([error.name, error['code']], ['TransientError', 'SERVER_ERROR'], String(error));
      const sent = await ended.promise;
      assert.ok(sent >= 20 && sent < 100, `${sent} MiB were sent`);
    });
  }

  it('gives up a connection that is never accepted', async () => {
    const sockets: Socket[] = [];
    // The handshake of TLS is never answered.
    const server = createTcpServer((socket) => void sockets.push(socket.on('error', () => undefined)));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const accountUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/${ACCOUNT}`;
    const error = await rejection(ping(keyed({ accountUrl, timeouts: { connect: 50 } })));
    assert.deepEqual(
      [error.name, error['code'], error['retryable'], sockets.length],
      ['TimeoutError', 'CONNECT_TIMEOUT', true, 1],
    );
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });

  it('says that nobody is there', async () => {
    const error = await rejection(ping(keyed({ accountUrl: `http://127.0.0.1:1/${ACCOUNT}` })));
    assert.deepEqual([error.name, error['code']], ['TransientError', 'CONNECTION_FAILED']);
  });

  it('follows no redirect: what is signed for one address goes to no other', async () => {
    let reached = 0;
    const other = createServer((_request, response) => response.end(String((reached += 1))));
    await once(other.listen(0, '127.0.0.1'), 'listening');
    for (const location of [`http://127.0.0.1:${(other.address() as AddressInfo).port}/`, `${account.url}/elsewhere`]) {
      account.answer = (response) => response.writeHead(307, { location }).end();
      const error = await rejection(ping({ accountUrl: account.url, sasToken: SAS }));
      assert.deepEqual([error['code'], error['status']], ['CONFIG_INVALID', 307]);
    }
    assert.deepEqual([reached, account.callers.length], [0, 2]);
    other.close();
    await once(other, 'close');
  });

  for (const [title, config, message] of [
    [
      'a key whose account nobody names',
      { accountUrl: 'https://store.example', accountKey: ACCOUNT_KEY },
      /accountKey needs accountName/,
    ],
    [
      'a connection string to an open endpoint',
      { connectionString: `BlobEndpoint=http://store.example;AccountName=a;AccountKey=${ACCOUNT_KEY}` },
      /connectionString: http:\/\/ to anything but loopback needs allowHttp/,
    ],
    [
      'a connection string without a credential',
      { connectionString: 'BlobEndpoint=https://store.example;AccountName=a' },
      /holds neither AccountKey/,
    ],
    [
      'tokens in the open',
      { accountUrl: 'http://127.0.0.1:1/lake', managedIdentity: {} },
      /accountUrl: tokens are sent over https alone/,
    ],
  ] as const) {
    it(`refuses ${title} before anything is sent`, async () => {
      const error = await rejection(ping(config));
      assert.deepEqual([error.name, error['code']], ['ConfigError', 'CONFIG_INVALID'], String(error));
      assert.match(error.message, message);
      assertSilent(error, ...CANARIES);
    });
  }

  it('sends what a connection string allows to an open endpoint once it is asked to', async () => {
    const connectionString = `BlobEndpoint=http://0.0.0.0:${account.port}/${ACCOUNT};AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY}`;
    assert.equal((await rejection(ping({ connectionString })))['code'], 'CONFIG_INVALID');
    assert.equal(account.callers.length, 0);
    assert.ok((await ping({ connectionString, allowHttp: true })) >= 0);
  });

  it('gives the Azure client itself, with the settings of the profile and no retries of its own', async () => {
    await using client = adls2.client('default', keyed({ transfer: { concurrency: 20 } }));
    const native = (await client.dataLakeServiceClient()) as unknown as DataLakeServiceClient;
    const { agent, retryOptions } = (native as unknown as Inside).pipeline.options;
    assert.deepEqual(
      [native.url, native.accountName, native.credential.constructor.name],
      [account.url, ACCOUNT, 'StorageSharedKeyCredential'],
    );
    assert.deepEqual([agent.maxSockets, agent.keepAlive, retryOptions], [80, true, { maxTries: 1 }]);
    assert.equal(await client.dataLakeServiceClient(), native);
    const raw = await client.fileSystemClient('raw');
    assert.deepEqual([raw.name, raw.url], ['raw', `${account.url}/raw`]);
  });

  it('is one for equal settings, and closing it closes its connections', async () => {
    const client = adls2.client('default', keyed());
    assert.equal(connectors.get('adls2', 'default', keyed()), client);
    const connected = Promise.withResolvers<Socket>();
    account.answer = (response, request) => {
      connected.resolve(request.socket);
      account.answer = undefined;
      listed(response, request);
    };
    await client.ping();
    const socket = await connected.promise;
    assert.equal(socket.destroyed, false);
    const closed = once(socket, 'close');
    await client.close();
    await client.close();
    await closed;
    assert.equal(client.isClosed(), true);
    assert.equal((await rejection(client.ping()))['code'], 'CLIENT_CLOSED');
    assert.notEqual(adls2.client('default', keyed()), client);
  });

  it('shows nothing of its settings', async () => {
    const client = adls2.client('default', { accountUrl: account.url, sasToken: SAS });
    await client.ping();
    assertSilent(client, ...CANARIES);
  });
});
