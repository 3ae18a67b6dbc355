import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectors, s3 } from '../../src/connectors/registry.ts';
import type { S3Client } from '../../src/connectors/s3/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { FaultAction, S3Operation } from '../../src/testing/s3-server/index.ts';
import { document, startEndpoint } from '../connectors/s3/endpoint.ts';
import { watchStages } from '../support/stage-events.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  connectorRejection,
  listenersOn,
  patterned,
  requests,
  settingsFor,
  useS3Server,
} from '../connectors/s3/support.ts';

const PART = 1_000;
const BYTES = patterned(5 * PART + 1);
const limits = { minPartSize: 1, maxPartSize: 64 * 1024, maxParts: 1_000, maxObjectSize: 1024 * 1024 };

describe('the calls of a client of S3, when something fails', () => {
  const server = useS3Server({ limits });
  afterEach(() => connectors.reset());
  const open = () => s3.client('default', settingsFor(server.s3));
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'calls-'));
    file = path.join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const reading = { partSize: PART, concurrency: 2, retry: QUICK, idleTimeout: 200 };
  const writing = { partSize: PART, concurrency: 2, retry: QUICK, limits };

  describe('a download', () => {
    const download = (options = {}) => open().downloadFile(BUCKET, 'key', file, { ...reading, ...options });
    beforeEach(() => void server.s3.putObject(BUCKET, 'key', BYTES));

    const broken: readonly (readonly [string, FaultAction])[] = [
      ['is reset in the middle of a body', { reset: { afterBytes: 500 } }],
      ['gets a body that ends too early', { end: { afterBytes: 500 } }],
      ['gets a body that stalls', { stall: { afterBytes: 500 } }],
      ['is asked for fewer requests', { status: 503, code: 'SlowDown' }],
    ];
    for (const [what, action] of broken) {
      it(`that ${what} goes on at the exact byte`, async () => {
        const fault = server.s3.on('GetObject', 2, action);
        await download();
        assert.equal(fault.fired, 1);
        assertSameBytes(await readFile(file), BYTES);
        assert.deepEqual(await readdir(folder), ['file']);
      });
    }

    const failing: readonly (readonly [string, S3Operation, number, FaultAction, ErrorCode])[] = [
      ['is reset every time', 'GetObject', 2, { reset: { afterBytes: 5 } }, 'CONNECTION_LOST'],
      ['gets other bytes', 'GetObject', 2, { corrupt: { byte: 7 } }, 'CHECKSUM_MISMATCH'],
      ['gets another range', 'GetObject', 2, { shiftRange: 4 }, 'RANGE_MISMATCH'],
    ];
    for (const [what, operation, nth, action, expected] of failing) {
      it(`that ${what} leaves the old file, and nothing beside it`, async () => {
        await writeFile(file, 'old');
        const fault = server.s3.on(operation, ({ nth: at }) => at >= nth, action);
        const { code, operation: named } = await connectorRejection(download());
        assert.ok(fault.fired >= 1);
        assert.deepEqual([code, named], [expected, 'download_file']);
        assert.equal(await readFile(file, 'utf8'), 'old');
        assert.deepEqual(await readdir(folder), ['file']);
      });
    }

    it('of an object that is replaced meanwhile leaves nothing', async () => {
      const replace = (): void => void server.s3.putObject(BUCKET, 'key', patterned(BYTES.length + 4));
      const fault = server.s3.on('GetObject', 2, { call: replace });
      const { code } = await connectorRejection(download());
      assert.deepEqual([fault.fired, code, await readdir(folder)], [1, 'OBJECT_CHANGED', []]);
    });
  });

  describe('an upload of a file', () => {
    const upload = (options = {}) => open().uploadFile(file, BUCKET, 'key', { ...writing, ...options });
    beforeEach(() => writeFile(file, BYTES));

    const broken: readonly (readonly [string, S3Operation, number, FaultAction])[] = [
      ['whose third part fails once', 'UploadPart', 3, { status: 500, code: 'InternalError' }],
      ['of which the answer to a part is lost', 'UploadPart', 3, { reset: 'after' }],
      ['that is asked for fewer requests', 'UploadPart', 2, { status: 503, code: 'SlowDown' }],
      ['of which the answer to the commit is lost', 'CompleteMultipartUpload', 1, { reset: 'after' }],
      ['whose commit fails in a success', 'CompleteMultipartUpload', 1, { errorInBody: { code: 'InternalError' } }],
    ];
    for (const [what, operation, nth, action] of broken) {
      it(`${what} is whole all the same`, async () => {
        const fault = server.s3.on(operation, nth, action);
        const { bytes, parts } = await upload();
        assert.deepEqual([fault.fired, bytes, parts], [1, BYTES.length, 6]);
        assertSameBytes(server.s3.getObject(BUCKET, 'key') ?? Buffer.alloc(0), BYTES);
      });
    }

    it('whose part always fails leaves neither an object nor an upload', async () => {
      const fault = server.s3.on('UploadPart', ({ query }) => query['partNumber'] === '3', {
        ...{ status: 500, code: 'InternalError' },
      });
      const { code, outcome, operation } = await connectorRejection(upload());
      assert.deepEqual([fault.fired, code, outcome], [5, 'SERVER_ERROR', 'not-done']);
      assert.equal(operation, 'upload_file');
      assert.deepEqual([server.s3.objects(BUCKET), server.s3.uploads()], [[], []]);
    });

    it('replaces nothing where that was ruled out', async () => {
      server.s3.putObject(BUCKET, 'key', 'old');
      const { code } = await connectorRejection(upload({ ifNoneMatch: '*' }));
      assert.equal(code, 'ALREADY_EXISTS');
      assert.equal(server.s3.getObject(BUCKET, 'key')?.toString(), 'old');
    });
  });

  describe('that is aborted', () => {
    type Asked = (client: S3Client, signal: AbortSignal) => Promise<unknown>;
    const upload: Asked = (client, signal) => client.uploadFile(file, BUCKET, 'new', { ...writing, signal });
    const download: Asked = (client, signal) =>
      client.downloadFile(BUCKET, 'key', path.join(folder, 'out'), { ...reading, signal });
    const cases: readonly (readonly [string, S3Operation, number, FaultAction, Asked])[] = [
      ['an upload that begins', 'CreateMultipartUpload', 1, { delayMs: 100 }, upload],
      ['an upload whose parts are under way', 'UploadPart', 2, { stall: 'before' }, upload],
      ['a download without an answer', 'GetObject', 1, { stall: 'before' }, download],
      ['a download in the middle of a body', 'GetObject', 2, { stall: { afterBytes: 5 } }, download],
      [
        'a head',
        'HeadObject',
        1,
        { stall: 'before' },
        (client, signal) => client.headObject(BUCKET, 'key', { signal }),
      ],
      [
        'a listing',
        'ListObjectsV2',
        1,
        { stall: 'before' },
        (client, signal) => client.listObjects(BUCKET, { signal }).next(),
      ],
      [
        'a sweep',
        'ListMultipartUploads',
        1,
        { stall: 'before' },
        (client, signal) => client.sweepUploads({ bucket: BUCKET, olderThan: 0, signal }),
      ],
    ];

    for (const [what, operation, nth, action, ask] of cases) {
      it(`in ${what} leaves nothing`, async () => {
        await writeFile(file, BYTES);
        server.s3.putObject(BUCKET, 'key', BYTES);
        const fault = server.s3.on(operation, nth, action);
        const user = new AbortController();
        const reason = new Error('the user left');
        const refused = connectorRejection(ask(open(), user.signal));
        await fault.firstFired;
        user.abort(reason);
        const { code, cause, outcome } = await refused;
        assert.deepEqual([code, cause === reason, outcome], ['ABORTED', true, 'not-done']);
        assert.deepEqual([server.s3.uploads(), server.s3.getObject(BUCKET, 'new')], [[], undefined]);
        assert.deepEqual(await readdir(folder), ['file']);
        assert.equal(listenersOn(user.signal), 0);
      });
    }

    it('in a download whose file is being opened ends the call, and not the process', async () => {
      server.s3.putObject(BUCKET, 'key', BYTES);
      const user = new AbortController();
      using stages = watchStages('opening');
      // The first answer is here: within this turn the file is asked for, which takes another one.
      stages.at('transfer', () => setImmediate(() => user.abort(new Error('the user left'))));
      const client = s3.client('opening', settingsFor(server.s3));
      const out = path.join(folder, 'out');
      const { code } = await connectorRejection(client.downloadFile(BUCKET, 'key', out, { signal: user.signal }));
      assert.deepEqual([code, stages.seen.includes('transfer'), await readdir(folder)], ['ABORTED', true, []]);
    });

    it('before it begins sends nothing', async () => {
      await writeFile(file, BYTES);
      const { signal } = { signal: AbortSignal.abort(new Error('the user left')) };
      const client = open();
      const asked: readonly Promise<unknown>[] = [
        upload(client, signal),
        download(client, signal),
        client.putObject(BUCKET, 'new', 'x', { signal }),
        client.headObject(BUCKET, 'key', { signal }),
        client.deleteObject(BUCKET, 'key', { signal }),
        client.deletePrefix(BUCKET, 'p/', { signal }),
        client.listObjects(BUCKET, { signal }).next(),
        client.sweepUploads({ bucket: BUCKET, olderThan: 0, signal }),
        client.presign(BUCKET, 'key', { signal }),
        client.ping({ signal }),
      ];
      for (const one of asked) assert.equal((await connectorRejection(one)).code, 'ABORTED');
      assert.deepEqual([server.s3.operations, await readdir(folder)], [[], ['file']]);
      assert.equal(listenersOn(signal), 0);
    });

    it('in a deletion that was sent says that its outcome is unknown', async () => {
      const fault = server.s3.on('DeleteObject', 1, { stall: 'before' });
      const user = new AbortController();
      const refused = connectorRejection(open().deleteObject(BUCKET, 'key', { signal: user.signal }));
      await fault.firstFired;
      user.abort(new Error('the user left'));
      const { code, outcome } = await refused;
      assert.deepEqual([code, outcome], ['ABORTED', 'unknown']);
    });
  });

  it('repeats what it may: a head, a deletion and a page whose answers were lost', async () => {
    server.s3.putObject(BUCKET, 'key', 'x');
    const client = open();
    const lost = (['HeadObject', 'ListObjectsV2', 'DeleteObject'] as const).map((operation) =>
      server.s3.on(operation, 1, { reset: 'after' }),
    );
    assert.equal((await client.headObject(BUCKET, 'key', { retry: QUICK })).size, 1);
    assert.equal((await client.listObjects(BUCKET, { retry: QUICK }).next()).value?.key, 'key');
    await client.deleteObject(BUCKET, 'key', { retry: QUICK });
    assert.deepEqual(
      lost.map(({ fired }) => fired),
      [1, 1, 1],
    );
  });

  it('says of a deletion whose answer was lost, once, that its outcome is unknown', async () => {
    const fault = server.s3.on('DeleteObject', 1, { reset: 'after' });
    const { code, outcome } = await connectorRejection(open().deleteObject(BUCKET, 'key', { retry: false }));
    assert.deepEqual([fault.fired, code, outcome], [1, 'CONNECTION_LOST', 'unknown']);
  });

  it('gives a call up in its time, which is `timeouts.total` unless it says otherwise', async () => {
    server.s3.on('HeadObject', 'always', { stall: 'before' });
    const client = s3.client('default', { ...settingsFor(server.s3), timeouts: { total: 150 } });
    const codes = [client.headObject(BUCKET, 'key'), open().headObject(BUCKET, 'key', { timeout: 150 })].map(
      async (asked) => (await connectorRejection(asked)).code,
    );
    assert.deepEqual(await Promise.all(codes), ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    assert.equal(requests(server.s3, 'HeadObject').length, 2);
  });

  it('deletes more keys than one request may have, and again those that the second one did not get to', async () => {
    for (let n = 0; n < 1_001; n += 1) server.s3.putObject(BUCKET, `p/${n}`, '');
    const fault = server.s3.on('DeleteObjects', 2, { reset: 'before' });
    assert.equal(await open().deletePrefix(BUCKET, 'p/', { retry: QUICK }), 1_001);
    assert.equal(fault.fired, 1);
    assert.deepEqual([server.s3.objects(BUCKET), requests(server.s3, 'DeleteObjects').length], [[], 3]);
  });

  describe('a deletion of many', () => {
    const KEYS = ['p/1', 'p/2', 'p/3'];
    const contents = KEYS.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
    const listing = document('ListBucketResult', `${contents}<IsTruncated>false</IsTruncated>`);
    const answered = async (...answers: string[]) => {
      await using endpoint = await startEndpoint((request, response) => {
        response.end(request.method === 'GET' ? listing : document('DeleteResult', answers.shift() ?? ''));
      });
      const client = s3.client('default', endpoint.settings);
      const result = await client
        .deletePrefix(BUCKET, 'p/', { retry: { ...QUICK, attempts: 2 } })
        .catch((e: unknown) => e);
      return { result, requests: endpoint.requests.length };
    };
    const gone = (...keys: string[]): string => keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('');
    const kept = (key: string, code: string): string => `<Error><Key>${key}</Key><Code>${code}</Code></Error>`;
    const failed = ({ result }: { readonly result: unknown }) => {
      const { code, failures, outcome, message } = result as Record<string, unknown>;
      assert.match(String(message), /s3:\/\/bucket\/p\//);
      return { code, failures, outcome };
    };

    it('tells by key what S3 refuses to delete, in a success', async () => {
      const told = await answered(gone('p/1', 'p/3') + kept('p/2', 'AccessDenied'));
      const failures = [{ key: 'p/2', code: 'ACCESS_DENIED' }];
      assert.deepEqual(failed(told), { code: 'PARTIAL_FAILURE', failures, outcome: 'unknown' });
    });

    it('asks again for those that may succeed, and for no others', async () => {
      const told = await answered(gone('p/1', 'p/3') + kept('p/2', 'InternalError'), gone('p/2'));
      assert.deepEqual(told, { result: 3, requests: 3 });
    });

    it('takes no key for deleted of which the answer says nothing', async () => {
      const told = await answered(gone('p/1'), gone('p/2'));
      const failures = [{ key: 'p/3', code: 'SERVER_ERROR' }];
      assert.deepEqual(failed(told), { code: 'PARTIAL_FAILURE', failures, outcome: 'unknown' });
    });
  });
});
