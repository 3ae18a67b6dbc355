import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { element, presigned, send } from './raw-client.ts';
import { bytesOf, sdkClient } from './sdk-client.ts';

const KEYS = [
  'plain',
  'with space',
  ' leading and trailing ',
  'plus+plus',
  'percent%25%zz%',
  'a/b//c',
  '/leading',
  '//',
  'trailing/',
  './dot',
  'a/./b',
  'a/../b',
  '..',
  '~tilde~',
  "!'()*",
  '?query=1&x',
  '#fragment',
  '&<>"\'',
  ';:@=,$',
  '[]{}|\\^`',
  'uml\u00e4ut',
  'uml\u0061\u0308ut',
  '\u{1F600}/\uFFFD\uE000',
  'tab\tand\nnewline\r',
  'x'.repeat(1024),
  '\u00e4'.repeat(512),
];

describe('S3 server: keys', () => {
  let server: S3Server;
  let client: S3Client;

  before(async () => {
    server = await startS3Server({ buckets: ['bucket'] });
    client = sdkClient(server);
  });

  // Its connections, that is; the next request opens another.
  afterEach(() => client.destroy());
  after(() => server.close());

  it('keeps every key apart and byte for byte, through all operations of the SDK', async () => {
    assert.equal(KEYS.length, 26);
    for (const Key of KEYS) {
      const at = { Bucket: 'bucket', Key };
      await client.send(new PutObjectCommand({ ...at, Body: Key }));
      assert.equal((await bytesOf(await client.send(new GetObjectCommand(at)))).toString(), Key);
      await client.send(new HeadObjectCommand(at));
    }
    const stored = server.objects('bucket').map(({ key }) => key);
    assert.deepEqual(new Set(stored), new Set(KEYS));
    const listed: string[] = [];
    for (let token: string | undefined; ;) {
      const page = { Bucket: 'bucket', MaxKeys: 5, ...(token === undefined ? {} : { ContinuationToken: token }) };
      const answer = await client.send(new ListObjectsV2Command(page));
      listed.push(...(answer.Contents ?? []).map(({ Key = '' }) => Key));
      token = answer.NextContinuationToken;
      if (token === undefined) break;
    }
    const inOrder = KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(listed, inOrder);
    for (const Key of KEYS) {
      const CopySource = `bucket/${encodeURIComponent(Key)}`;
      await client.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'copy', CopySource }));
      assert.equal(server.getObject('bucket', 'copy')?.toString(), Key);
      await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key }));
    }
    assert.deepEqual(
      server.objects('bucket').map(({ key }) => key),
      ['copy'],
    );
  });

  it('verifies signatures made by another client over awkward keys', async () => {
    for (const key of KEYS) {
      server.putObject('bucket', key, 'raw');
      const encoded = encodeURIComponent(key).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      );
      const path = `/bucket/${encoded.replaceAll('%2F', '/')}`;
      assert.equal((await send(server, { path })).status, 200, key);
      assert.equal((await send(server, { path, sign: false, query: presigned(server, { path }) })).status, 200, key);
    }
  });

  it('refuses keys that are too long or no UTF-8', async () => {
    const long = await send(server, { method: 'PUT', path: `/bucket/${'x'.repeat(1025)}`, body: '' });
    assert.deepEqual([long.status, element(long, 'Code')], [400, 'KeyTooLongError']);
    const broken = await send(server, { path: '/bucket/%ff%fe' });
    assert.deepEqual([broken.status, element(broken, 'Code')], [400, 'InvalidURI']);
  });

  it('finds the bucket in the host name', async () => {
    server.putObject('bucket', 'virtual', 'hosted');
    const headers = { host: `bucket.localhost:${server.port}` };
    const reply = await send(server, { path: '/virtual', headers });
    assert.equal(reply.body.toString(), 'hosted');
    const { bucket, key } = server.operations.at(-1) ?? {};
    assert.deepEqual([bucket, key], ['bucket', 'virtual']);
  });

  it('serves several requests on one connection', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 3; count += 1) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request({ host: '127.0.0.1', port: server.port, path: '/bucket/x', agent }, (incoming) => {
          ports.add(incoming.socket.localPort);
          incoming.resume().on('end', resolve);
        });
        outgoing.on('error', reject).end();
      });
    }
    agent.destroy();
    assert.equal(ports.size, 1);
  });
});
