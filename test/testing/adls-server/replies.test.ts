import assert from 'node:assert/strict';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { RawReply } from '../../support/raw-reply.ts';
import { send } from './raw-client.ts';
import type { RawRequest } from './raw-client.ts';

/** Replies as recorded from the service, but for ids, dates and ETags. */
describe('ADLS server: replies', () => {
  let server: AdlsServer;

  beforeEach(async () => {
    server = await startAdlsServer({ containers: ['lake'], now: () => new Date('2026-11-20T10:20:30.400Z') });
  });

  afterEach(() => server.close());

  const request = (what: RawRequest): Promise<RawReply> =>
    send(server, { ...what, sign: { date: new Date('2026-11-20T10:20:30Z') } });

  /** What does not differ from one request to the next. */
  function shapeOf({ status, headers, body }: RawReply) {
    const { etag, connection, 'x-ms-error-code': code, 'x-ms-request-id': requestId, ...rest } = headers;
    const id = String(requestId);
    assert.match(id, /^[0-9a-f-]{36}$/);
    if (etag !== undefined) assert.match(etag, /^"0x8D[0-9A-F]{13}"$/);
    assert.notEqual(connection, undefined);
    const text = body.toString().replaceAll(id, '<id>');
    return { status, code, headers: { ...rest, etag: etag !== undefined }, body: text };
  }

  const COMMON = {
    ...{ date: 'Fri, 20 Nov 2026 10:20:30 GMT', 'x-ms-version': '2026-06-06' },
    server: 'Windows-Azure-HDFS/1.0 Microsoft-HTTPAPI/2.0',
  };
  const MODIFIED = { 'last-modified': 'Fri, 20 Nov 2026 10:20:30 GMT', etag: true };
  const ENCRYPTED = { 'x-ms-request-server-encrypted': 'true' };
  const EMPTY = { 'content-length': '0' };

  const create = () => request({ method: 'PUT', path: '/lake/file', query: 'resource=file' });
  const append = (position: number, body: string) =>
    request({ method: 'PATCH', path: '/lake/file', query: `action=append&position=${position}`, body });
  const flush = (position: number) =>
    request({ method: 'PATCH', path: '/lake/file', query: `action=flush&position=${position}` });

  it('answers what is created, appended, flushed, renamed and deleted as the service does', async () => {
    assert.deepEqual(shapeOf(await create()), {
      ...{ status: 201, code: undefined, body: '' },
      headers: { ...COMMON, ...EMPTY, ...MODIFIED, ...ENCRYPTED },
    });
    const appended = shapeOf(await append(0, 'data'));
    assert.deepEqual(appended, {
      ...{ status: 202, code: undefined, body: '' },
      headers: { ...COMMON, ...EMPTY, ...ENCRYPTED, etag: false },
    });
    assert.deepEqual(shapeOf(await flush(4)), {
      ...{ status: 200, code: undefined, body: '' },
      headers: { ...COMMON, ...EMPTY, ...MODIFIED, ...ENCRYPTED },
    });
    const source = { 'x-ms-rename-source': `/${server.accountName}/lake/file` };
    const renamed = await request({ method: 'PUT', path: '/lake/new', query: 'mode=legacy', headers: source });
    assert.deepEqual(shapeOf(renamed), {
      ...{ status: 201, code: undefined, body: '' },
      headers: { ...COMMON, ...EMPTY, etag: false },
    });
    const deleted = await request({ method: 'DELETE', path: '/lake/new', query: 'paginated=false' });
    assert.deepEqual(shapeOf(deleted), {
      ...{ status: 200, code: undefined, body: '' },
      headers: { ...COMMON, ...EMPTY, etag: false },
    });
  });

  it('tells errors of the DFS side in JSON, with the code in a header as well', async () => {
    const missing = shapeOf(await append(0, 'data'));
    assert.deepEqual(missing, {
      ...{ status: 404, code: 'PathNotFound' },
      headers: {
        ...COMMON,
        ...{ 'content-type': 'application/json;charset=utf-8', 'content-length': '163', etag: false },
      },
      body: '{"error":{"code":"PathNotFound","message":"The specified path does not exist.\\nRequestId:<id>\\nTime:2026-11-20T10:20:30.4000000Z"}}',
    });
    await create();
    await append(4, 'data');
    const gap = shapeOf(await flush(8));
    assert.deepEqual([gap.status, gap.code], [400, 'InvalidFlushPosition']);
    assert.match(gap.body, /^\{"error":\{"code":"InvalidFlushPosition","message":"The uploaded data is not contiguous/);
    const again = await request({
      ...{ method: 'PUT', path: '/lake/file', query: 'resource=file' },
      headers: { 'if-none-match': '*' },
    });
    assert.deepEqual([again.status, again.headers['x-ms-error-code']], [409, 'PathAlreadyExists']);
  });

  it('tells errors of the blob side in XML, and those of HEAD in headers alone', async () => {
    const missing = await request({ path: '/lake/file' });
    assert.deepEqual(
      [missing.status, missing.headers['content-type'], missing.headers['x-ms-error-code']],
      [404, 'application/xml', 'BlobNotFound'],
    );
    assert.match(
      missing.body.toString(),
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\s*<Error><Code>BlobNotFound<\/Code><Message>The specified blob does not exist\.\nRequestId:/,
    );
    const head = await request({ method: 'HEAD', path: '/lake/file' });
    assert.deepEqual(
      [head.status, head.headers['x-ms-error-code'], head.headers['content-length'], head.body.length],
      [404, 'BlobNotFound', undefined, 0],
    );
  });

  it('lists paths with numbers and booleans as strings, and files without isDirectory', async () => {
    server.putFile('lake', 'dir/file', 'hello world');
    const reply = await request({ path: '/lake', query: 'recursive=true&resource=filesystem' });
    assert.equal(reply.headers['content-type'], 'application/json;charset=utf-8');
    const { paths } = JSON.parse(reply.body.toString()) as { paths: Record<string, unknown>[] };
    const about = {
      ...{ owner: '$superuser', group: '$superuser', expiryTime: '0', creationTime: '134396436304000000' },
      lastModified: 'Fri, 20 Nov 2026 10:20:30 GMT',
    };
    assert.deepEqual(
      paths.map(({ etag, ...rest }) => (assert.match(String(etag), /^0x8D[0-9A-F]{13}$/), rest)),
      [
        { ...about, name: 'dir', isDirectory: 'true', contentLength: '0', permissions: 'rwxr-x---' },
        { ...about, name: 'dir/file', contentLength: '11', permissions: 'rw-r-----' },
      ],
    );
  });

  it('shows files and directories with the headers of blobs', async () => {
    server.putFile('lake', 'dir/file', 'hello', { metadata: { origin: 'here' }, contentType: 'text/plain' });
    const common = {
      ...COMMON,
      ...MODIFIED,
      ...{ 'accept-ranges': 'bytes', 'x-ms-creation-time': 'Fri, 20 Nov 2026 10:20:30 GMT' },
      ...{ 'x-ms-lease-status': 'unlocked', 'x-ms-lease-state': 'available', 'x-ms-blob-type': 'BlockBlob' },
      ...{ 'x-ms-server-encrypted': 'true', 'x-ms-access-tier': 'Hot', 'x-ms-access-tier-inferred': 'true' },
      ...{ 'x-ms-owner': '$superuser', 'x-ms-group': '$superuser' },
    };
    assert.deepEqual(shapeOf(await request({ path: '/lake/dir/file' })), {
      ...{ status: 200, code: undefined },
      headers: {
        ...common,
        ...{ 'content-length': '5', 'content-type': 'text/plain', 'x-ms-meta-origin': 'here' },
        ...{ 'x-ms-resource-type': 'file', 'x-ms-permissions': 'rw-r-----' },
      },
      body: 'hello',
    });
    assert.deepEqual(shapeOf(await request({ method: 'HEAD', path: '/lake/dir' })), {
      ...{ status: 200, code: undefined },
      headers: {
        ...common,
        ...{ 'content-length': '0', 'content-type': 'application/octet-stream', 'x-ms-meta-hdi_isfolder': 'true' },
        ...{ 'x-ms-resource-type': 'directory', 'x-ms-permissions': 'rwxr-x---' },
      },
      body: '',
    });
  });

  it('echoes the version and the id of the request', async () => {
    const headers = { 'x-ms-version': '2031-01-01', 'x-ms-client-request-id': 'mine' };
    const reply = await request({ path: '/lake/none', headers });
    assert.deepEqual([reply.headers['x-ms-version'], reply.headers['x-ms-client-request-id']], ['2031-01-01', 'mine']);
  });

  it('is a flat account when it is asked to be: no directories, owners or access control', async () => {
    await using flat = await startAdlsServer({ containers: ['lake'], hierarchicalNamespace: false });
    flat.putFile('lake', 'dir/file', 'x');
    assert.deepEqual(
      flat.paths('lake').map(({ path }) => path),
      ['dir/file'],
    );
    const account = { method: 'HEAD', path: '/', query: 'comp=properties&restype=account' };
    assert.equal((await send(flat, account)).headers['x-ms-is-hns-enabled'], 'false');
    assert.equal(
      (await send(server, { ...account, sign: { date: new Date('2026-11-20T10:20:30Z') } })).headers[
        'x-ms-is-hns-enabled'
      ],
      'true',
    );
    const acl = await send(flat, { method: 'HEAD', path: '/lake/', query: 'action=getAccessControl' });
    assert.deepEqual([acl.status, acl.headers['x-ms-error-code']], [400, 'HierarchicalNamespaceNotEnabled']);
    assert.equal((await send(flat, { path: '/lake/dir/file' })).headers['x-ms-owner'], undefined);
    const listed = await send(flat, { path: '/lake', query: 'recursive=false&resource=filesystem' });
    assert.match(listed.body.toString(), /"name":"dir","isDirectory":"true"/);
  });
});
