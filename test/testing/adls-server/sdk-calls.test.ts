import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DataLakeFileSystemClient } from '@azure/storage-file-datalake';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { listed, refusal } from '../../conformance/adls-server/requests.ts';
import { sample } from '../../conformance/sample.ts';
import { send } from './raw-client.ts';
import { sdkClient } from './sdk-client.ts';
import type { SdkClient } from './sdk-client.ts';

/** Calls that a real account answers as well, but not within seconds, or not every account. */
describe('ADLS server: calls of the SDK', () => {
  let time = Date.parse('2026-11-20T10:00:00Z');
  let server: AdlsServer;
  let client: SdkClient;
  let files: DataLakeFileSystemClient;

  beforeEach(async () => {
    const limits = { maxAppends: 3, maxAppendSize: 100, maxPathLength: 40, maxMetadataBytes: 30, maxFileSize: 250 };
    server = await startAdlsServer({ containers: ['lake'], emptyPages: true, limits });
    client = sdkClient(server);
    files = client.service.getFileSystemClient('lake');
  });

  afterEach(async () => {
    client[Symbol.dispose]();
    await server.close();
  });

  it('tells the properties of the service, and what kind of account it is', async () => {
    const { deleteRetentionPolicy } = await client.service.getProperties();
    assert.equal(deleteRetentionPolicy?.enabled, false);
    const info = await send(server, { method: 'HEAD', path: '/', query: 'comp=properties&restype=account' });
    assert.deepEqual([info.headers['x-ms-account-kind'], info.headers['x-ms-is-hns-enabled']], ['StorageV2', 'true']);
  });

  it('takes files from the disk and gives them back, and the properties that the system keeps', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-'));
    try {
      const bytes = sample(250);
      const local = path.join(folder, 'local');
      await writeFile(local, bytes);
      const file = files.getFileClient('file');
      await file.uploadFile(local, { chunkSize: 100, singleUploadThreshold: 100 });
      await file.readToFile(path.join(folder, 'copy'));
      assert.ok((await readFile(path.join(folder, 'copy'))).equals(bytes));
      assert.equal(server.operations.filter(({ operation }) => operation === 'AppendFile').length, 3);
      const { isDirectory, permissions } = await file.getSystemProperties();
      assert.deepEqual([isDirectory, permissions?.owner.write], [false, true]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('lets files expire, and leases', async () => {
    await using clocked = await startAdlsServer({ containers: ['lake'], now: () => new Date(time) });
    clocked.putFile('lake', 'file', 'data');
    const request = (method: string, query: string, headers: Record<string, string> = {}) =>
      send(clocked, { method, path: '/lake/file', query, headers, sign: { date: new Date(time) } });
    const acquire = { 'x-ms-lease-action': 'acquire', 'x-ms-lease-duration': '15' };
    const first = await request('PUT', 'comp=lease', acquire);
    assert.equal(first.status, 201);
    assert.equal((await request('PUT', 'comp=lease', acquire)).headers['x-ms-error-code'], 'LeaseAlreadyPresent');
    time += 16_000;
    const lost = await request('PUT', 'comp=metadata', { 'x-ms-lease-id': String(first.headers['x-ms-lease-id']) });
    assert.deepEqual([lost.status, lost.headers['x-ms-error-code']], [412, 'LeaseLost']);
    const expiry = { 'x-ms-expiry-option': 'RelativeToNow', 'x-ms-expiry-time': '60000' };
    assert.equal((await request('PUT', 'comp=expiry', expiry)).status, 200);
    assert.equal((await request('HEAD', '')).status, 200);
    time += 61_000;
    assert.equal((await request('HEAD', '')).status, 404);
  });

  it('sets an expiry as the SDK asks for it', async () => {
    server.putFile('lake', 'file', 'data');
    const file = files.getFileClient('file');
    await file.setExpiry('RelativeToNow', { timeToExpireInMs: 60_000 });
    assert.ok(((await file.getProperties()).expiresOn?.getTime() ?? 0) > Date.now());
  });

  it('puts an empty page before each listing, when it is asked to', async () => {
    server.putFile('lake', 'dir/a', '');
    const pages: number[] = [];
    for await (const { pathItems = [] } of files.listPaths({ path: 'dir' }).byPage()) pages.push(pathItems.length);
    assert.deepEqual(pages, [0, 1]);
    const place = { files, directory: 'dir' } as Parameters<typeof listed>[0];
    assert.equal((await listed(place, { recursive: false, pageSize: 1 })).length, 1);
  });

  it('refuses what is beyond its limits', async () => {
    const file = files.getFileClient('file');
    await file.create();
    assert.equal(await refusal(file.append(sample(101), 0, 101)), '413 RequestBodyTooLarge');
    assert.equal(await refusal(file.append(sample(100), 151, 100)), '413 RequestBodyTooLarge');
    for (const position of [0, 1, 2]) await file.append('x', position, 1);
    assert.equal(await refusal(file.append('x', 3, 1)), '409 BlockCountExceedsLimit');
    await file.append('y', 2, 1);
    await file.flush(3);
    assert.equal(server.getFile('lake', 'file')?.toString(), 'xxy');
    assert.equal(await refusal(files.getFileClient('x'.repeat(41)).create()), '400 InvalidUri');
    assert.equal(await refusal(file.setMetadata({ name: 'x'.repeat(40) })), '400 MetadataTooLarge');
  });

  it('verifies the MD5 of an append, and refuses a body that is framed', async () => {
    await files.getFileClient('file').create();
    const append = (headers: Record<string, string>) =>
      send(server, {
        ...{ method: 'PATCH', path: '/lake/file', query: 'action=append&position=0', body: 'data', headers },
      });
    assert.equal((await append({ 'content-md5': 'jXd/OF09/siBXSD3SWAm3A==' })).status, 202);
    const wrong = await append({ 'content-md5': 'jXd/OF09/siBXSD3SWAm3Q==' });
    assert.deepEqual([wrong.status, wrong.headers['x-ms-error-code']], [400, 'Md5Mismatch']);
    const framed = await append({ 'x-ms-structured-body': 'XSM/1.0; properties=crc64' });
    assert.deepEqual([framed.status, framed.headers['x-ms-error-code']], [400, 'UnsupportedHeader']);
  });

  it('refuses to start with a limit that it does not know', async () => {
    await assert.rejects(startAdlsServer({ limits: { maxNothing: 1 } as object }), TypeError);
    await assert.rejects(startAdlsServer({ limits: { maxResults: 0 } }), RangeError);
  });
});
