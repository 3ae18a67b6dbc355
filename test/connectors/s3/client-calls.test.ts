import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client as AwsClient } from '@aws-sdk/client-s3';
import { connectors, s3 } from '../../../src/connectors/registry.ts';
import { KEYS } from './awkward-keys.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';

const MAX_KEYS = 7;
const PART = 100;
const limits = { minPartSize: 1, maxPartSize: 64 * 1024, maxParts: 1_000, maxObjectSize: 1024 * 1024 };

describe('the calls of a client of S3', () => {
  const server = useS3Server({ limits: { ...limits, maxKeys: MAX_KEYS } });
  afterEach(() => connectors.reset());
  const open = (config = {}) => s3.client('default', { ...settingsFor(server.s3), ...config });
  const write = { partSize: PART, limits, retry: QUICK };
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'calls-'))));
  afterEach(() => rm(folder, { recursive: true }));
  const named = async (entries: AsyncIterable<{ readonly key: string }>): Promise<string[]> => {
    const keys: string[] = [];
    for await (const { key } of entries) keys.push(key);
    return keys;
  };

  describe('that write', () => {
    for (const [what, body] of [
      ['text', () => 'some text'],
      ['bytes', () => Buffer.from('some text')],
      ['what gives it bit by bit', () => ['some', ' ', 'text']],
      ['a stream', () => new Blob(['some text']).stream() as unknown as AsyncIterable<Uint8Array>],
    ] as const) {
      it(`put ${what}, and say what became of it`, async () => {
        const { bytes, parts, etag } = await open().putObject(BUCKET, 'key', body(), { contentType: 'text/plain' });
        assert.equal(server.s3.getObject(BUCKET, 'key')?.toString(), 'some text');
        const head = await open().headObject(BUCKET, 'key');
        assert.deepEqual([bytes, parts, etag, head.contentType], [9, 1, head.etag, 'text/plain']);
      });
    }

    it('upload a file in parts, of which each goes on its own while another waits', async () => {
      const bytes = patterned(10 * PART + 1);
      await writeFile(path.join(folder, 'file'), bytes);
      // The first part is answered last: a reader in order, that sends one at a time, would wait for ever.
      const rest = Promise.withResolvers<undefined>();
      server.s3.on('UploadPart', 1, { hold: rest.promise });
      const uploading = open().uploadFile(path.join(folder, 'file'), BUCKET, 'key', write);
      await server.s3.waitFor('UploadPart', 10, 'ended');
      rest.resolve(undefined);
      const { parts, bytes: sent } = await uploading;
      assert.deepEqual([parts, sent], [11, bytes.length]);
      assertSameBytes(server.s3.getObject(BUCKET, 'key') ?? Buffer.alloc(0), bytes);
    });

    for (const size of [0, 1, PART]) {
      it(`upload a file of ${size} bytes, which fit in one part, by one PutObject`, async () => {
        await writeFile(path.join(folder, 'file'), patterned(size));
        await open().uploadFile(path.join(folder, 'file'), BUCKET, 'key', write);
        assert.deepEqual(
          server.s3.operations.map(({ operation, bytesIn }) => `${operation} ${bytesIn}`),
          [`PutObject ${size}`],
        );
        assertSameBytes(server.s3.getObject(BUCKET, 'key') ?? Buffer.alloc(1), patterned(size));
      });
    }

    for (const [what, change] of [
      ['longer', (file: string) => writeFile(file, 'x', { flag: 'a' })],
      ['shorter', (file: string) => writeFile(file, 'x')],
      ['touched', (file: string) => utimes(file, 1, 1)],
    ] as const) {
      it(`write nothing of a file that becomes ${what} under way`, async () => {
        const file = path.join(folder, 'file');
        await writeFile(file, patterned(10 * PART));
        const fault = server.s3.on('CreateMultipartUpload', 1, { call: () => change(file) });
        const { code, outcome } = await connectorRejection(open().uploadFile(file, BUCKET, 'key', write));
        assert.deepEqual([fault.fired, code, outcome], [1, 'OBJECT_CHANGED', 'not-done']);
        assert.deepEqual([server.s3.objects(BUCKET), server.s3.uploads()], [[], []]);
      });
    }

    it('refuse a folder, a pipe, and what is not there', async () => {
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      const codes = [folder, path.join(folder, 'pipe'), path.join(folder, 'nothing')].map(async (file) => {
        const { code } = await connectorRejection(open().uploadFile(file, BUCKET, 'key'));
        return code;
      });
      assert.deepEqual(await Promise.all(codes), ['CONFIG_INVALID', 'CONFIG_INVALID', 'NOT_FOUND']);
      assert.deepEqual(server.s3.operations, []);
    });
  });

  describe('that read', () => {
    it('get what is given back early by its disposal', async () => {
      server.s3.putObject(BUCKET, 'key', patterned(1_000));
      const client = open();
      assertSameBytes(await readAll(client.getObject(BUCKET, 'key', { partSize: PART })), patterned(1_000));
      const source = client.getObject(BUCKET, 'key', { partSize: PART });
      {
        await using body = source;
        await body.info;
      }
      assert.equal((await source.settled).cleanup, 'confirmed');
    });

    it('download into a file that is there as a whole, in the place of an old one', async () => {
      server.s3.putObject(BUCKET, 'key', patterned(1_000));
      const file = path.join(folder, 'file');
      await writeFile(file, 'old');
      const { size, etag } = await open().downloadFile(BUCKET, 'key', file, { partSize: PART });
      assert.deepEqual([size, etag], [1_000, `"${server.s3.objects(BUCKET)[0]?.etag}"`]);
      assertSameBytes(await readFile(file), patterned(1_000));
      assert.deepEqual(await readdir(folder), ['file']);
    });

    it('make no file of what is not there, and leave none in a place that cannot be written', async () => {
      const client = open();
      const missing = await connectorRejection(client.downloadFile(BUCKET, 'key', path.join(folder, 'file')));
      server.s3.putObject(BUCKET, 'key', 'bytes');
      const nowhere = await connectorRejection(client.downloadFile(BUCKET, 'key', path.join(folder, 'no/file')));
      const onFolder = await connectorRejection(client.downloadFile(BUCKET, 'key', folder));
      assert.deepEqual([missing.code, nowhere.code, onFolder.code], ['NOT_FOUND', 'NOT_FOUND', 'CONFIG_INVALID']);
      assert.deepEqual(await readdir(folder), []);
      assert.deepEqual(
        (await readdir(path.dirname(folder))).filter((name) => name.endsWith('.partial')),
        [],
      );
    });
  });

  describe('that list', () => {
    const put = (...keys: string[]): void => {
      for (const key of keys) server.s3.putObject(BUCKET, key, key);
    };
    const many = Array.from({ length: 3 * MAX_KEYS + 1 }, (_, n) => `p/${String(n).padStart(3, '0')}`);

    it('tell every key under a prefix, to the letter, those that mark directories too', async () => {
      put(...many, 'p', 'q');
      server.s3.putObject(BUCKET, 'p/', '');
      assert.deepEqual(await named(open().listObjects(BUCKET, { prefix: 'p/' })), ['p/', ...many]);
    });

    it('stop at the next / when they are not to go further down, and tell each directory once', async () => {
      put('p/a', 'p/b/1', 'p/b/2', 'p/c', 'p/d/e/f', 'q');
      const seen: unknown[] = [];
      for await (const { key, size, isPrefix } of open().listObjects(BUCKET, { prefix: 'p/', recursive: false })) {
        seen.push([key, size, isPrefix]);
      }
      assert.deepEqual(seen, [
        ['p/a', 3, undefined],
        ['p/b/', 0, true],
        ['p/c', 3, undefined],
        ['p/d/', 0, true],
      ]);
    });

    it('tell no more than was asked for, and ask for no more', async () => {
      put(...many);
      assert.deepEqual(await named(open().listObjects(BUCKET, { maxKeys: 2 })), many.slice(0, 2));
      assert.deepEqual(await named(open().listObjects(BUCKET, { maxKeys: 0 })), []);
      assert.equal(requests(server.s3, 'ListObjectsV2')[0]?.query['max-keys'], '2');
    });

    it('ask for the next page while one is used, and for none after that', async () => {
      put(...many);
      const listed = open().listObjects(BUCKET);
      assert.equal((await listed.next()).value?.key, many[0]);
      await server.s3.waitFor('ListObjectsV2', 2, 'ended');
      assert.equal(requests(server.s3, 'ListObjectsV2').length, 2);
      await listed.return();
    });

    it('end the request for the next page when the loop is left', async () => {
      put(...many);
      const fault = server.s3.on('ListObjectsV2', 2, { stall: 'before' });
      for await (const { key } of open().listObjects(BUCKET)) {
        assert.equal(key, many[0]);
        await fault.firstFired;
        break;
      }
      assert.equal((await server.s3.waitFor('ListObjectsV2', 2, 'ended')).aborted, true);
    });
  });

  describe('that delete', () => {
    it('delete one object, or what is not there', async () => {
      server.s3.putObject(BUCKET, 'key', 'bytes');
      await open().deleteObject(BUCKET, 'key');
      await open().deleteObject(BUCKET, 'key');
      assert.deepEqual(server.s3.objects(BUCKET), []);
    });

    it('delete all under a prefix, a page of keys to a request, and say how many', async () => {
      for (let n = 0; n < 20; n += 1) server.s3.putObject(BUCKET, `p/${n}`, '');
      server.s3.putObject(BUCKET, 'q', '');
      assert.equal(await open().deletePrefix(BUCKET, 'p/'), 20);
      assert.deepEqual(
        server.s3.objects(BUCKET).map(({ key }) => key),
        ['q'],
      );
      assert.equal(requests(server.s3, 'DeleteObjects').length, 3);
    });

    it('refuse an empty prefix unless the whole bucket is meant', async () => {
      server.s3.putObject(BUCKET, 'key', '');
      assert.equal((await connectorRejection(open().deletePrefix(BUCKET, ''))).code, 'CONFIG_INVALID');
      assert.deepEqual(server.s3.operations, []);
      assert.equal(await open().deletePrefix(BUCKET, '', { wholeBucket: true }), 1);
    });

    it('delete keys that XML cannot hold one by one, and all others together', async () => {
      for (const key of ['p/plain', 'p/nul\0', 'p/return\r', 'p/ ']) server.s3.putObject(BUCKET, key, '');
      assert.equal(await open().deletePrefix(BUCKET, 'p/'), 4);
      const sent = [requests(server.s3, 'DeleteObjects').length, requests(server.s3, 'DeleteObject').length];
      assert.deepEqual([sent, server.s3.objects(BUCKET)], [[1, 2], []]);
    });

    for (const [checksum, header, other] of [
      ['crc32', 'x-amz-checksum-crc32', 'content-md5'],
      ['none', 'content-md5', 'x-amz-checksum-crc32'],
    ] as const) {
      it(`are sent with ${header} where the profile's checksum is ${checksum}`, async () => {
        server.s3.putObject(BUCKET, 'p/1', '');
        let headers: Readonly<Record<string, string | undefined>> = {};
        server.s3.on('DeleteObjects', 1, { call: (request) => void ({ headers } = request) });
        await open({ transfer: { checksum } }).deletePrefix(BUCKET, 'p/');
        assert.deepEqual([headers[header] !== undefined, headers[other]], [true, undefined]);
        assert.deepEqual(server.s3.objects(BUCKET), []);
      });
    }
  });

  it('take every key as it is: put, head, list, get, copied by the AWS client, deleted alone and with others', async () => {
    const client = open();
    const native = (await client.native()) as unknown as AwsClient;
    const kept = KEYS.map(async (key, n) => {
      await client.putObject(BUCKET, key, key);
      assert.equal((await client.headObject(BUCKET, key)).size, Buffer.byteLength(key));
      assert.equal(await text(client.getObject(BUCKET, key)), key);
      const copy = { Bucket: BUCKET, Key: `copy/${n}`, CopySource: `${BUCKET}/${encodeURIComponent(key)}` };
      await native.send(new CopyObjectCommand(copy));
      assert.equal(server.s3.getObject(BUCKET, copy.Key)?.toString(), key);
    });
    await Promise.all(kept);
    assert.equal(await client.deletePrefix(BUCKET, 'copy/'), KEYS.length);
    const sorted = [...KEYS].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await named(client.listObjects(BUCKET)), sorted);
    await Promise.all(KEYS.filter((_, n) => n % 2 === 0).map((key) => client.deleteObject(BUCKET, key)));
    assert.equal(await client.deletePrefix(BUCKET, '', { wholeBucket: true }), KEYS.length / 2);
    assert.deepEqual(server.s3.objects(BUCKET), []);
  });

  describe('that are signed for somebody else', () => {
    it('are good to read an object, and to write one of the type that was said', async () => {
      server.s3.putObject(BUCKET, 'a b+c/%', 'bytes');
      const client = open();
      const url = await client.presign(BUCKET, 'a b+c/%', { expiresIn: '1m' });
      assert.equal(new URL(url).searchParams.get('X-Amz-Expires'), '60');
      assert.equal(await (await fetch(url)).text(), 'bytes');
      const target = await client.presign(BUCKET, 'put', { method: 'put', contentType: 'text/csv' });
      const put = (type: string) =>
        fetch(target, { method: 'PUT', body: 'a,b', headers: { 'content-type': type } }).then(({ status }) => status);
      assert.deepEqual([await put('text/html'), await put('text/csv')], [403, 200]);
      assert.equal(server.s3.getObject(BUCKET, 'put')?.toString(), 'a,b');
    });

    it('are refused for more than S3 permits, and under a key of the customer', async () => {
      const [long, keyed] = await Promise.all([
        connectorRejection(open().presign(BUCKET, 'key', { expiresIn: '169h' })),
        connectorRejection(
          s3
            .client('default', {
              ...settingsFor(server.s3),
              endpointUrl: 'https://127.0.0.1:1',
              encryption: { customerKey: Buffer.alloc(32).toString('base64') },
            })
            .presign(BUCKET, 'key'),
        ),
      ]);
      assert.deepEqual([long.code, keyed.code], ['CONFIG_INVALID', 'CONFIG_INVALID']);
    });
  });

  it('hand out an upload of lib-storage on the same client', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, 'bytes');
    const upload = await open().upload({ Bucket: BUCKET, Key: 'key', Body: createReadStream(file) });
    assert.deepEqual(server.s3.operations, []);
    await upload.done();
    assert.equal(server.s3.getObject(BUCKET, 'key')?.toString(), 'bytes');
  });

  it('name themselves when their options are refused', async () => {
    const client = open();
    const wrong = { partSize: 'many', ifNoneMatch: '*', ifMatch: '"e"' } as const;
    const file = path.join(folder, 'file');
    await writeFile(file, 'bytes');
    assert.throws(() => client.getObject(BUCKET, 'key', { partSize: 'many' }), /^ConfigError: getObject: .*partSize/);
    for (const [name, asked] of [
      ['putObject', client.putObject(BUCKET, 'key', '', { ...wrong })],
      ['putObject', client.putObject(BUCKET, 'key', '', { ...wrong, partSize: PART })],
      ['uploadFile', client.uploadFile(file, BUCKET, 'key', { ...wrong })],
      ['downloadFile', client.downloadFile(BUCKET, 'key', file, { partSize: 'many' })],
    ] as const) {
      const { code, message } = await connectorRejection(asked);
      assert.equal(code, 'CONFIG_INVALID');
      assert.match(message, new RegExp(`^${name}: `));
    }
    assert.deepEqual(server.s3.operations, []);
  });

  it('are refused on a client that is closed', async () => {
    const client = open();
    await client.close();
    const closed = { code: 'CLIENT_CLOSED' };
    assert.throws(() => client.getObject(BUCKET, 'key'), closed);
    assert.throws(() => client.listObjects(BUCKET), closed);
    for (const asked of [
      client.headObject(BUCKET, 'key'),
      client.putObject(BUCKET, 'key', ''),
      client.deletePrefix(BUCKET, 'p/'),
      client.presign(BUCKET, 'key'),
      client.sweepUploads({ bucket: BUCKET, olderThan: 0 }),
      client.uploadFile(import.meta.filename, BUCKET, 'key'),
      client.downloadFile(BUCKET, 'key', path.join(folder, 'file')),
    ]) {
      assert.equal((await connectorRejection(asked)).code, 'CLIENT_CLOSED');
    }
  });
});
