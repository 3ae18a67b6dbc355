import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import { checkedOptions, objectSinkSchema } from '../../../src/connectors/s3/options.ts';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import type { S3ObjectSourceOptions } from '../../../src/connectors/s3/object-source.ts';
import { s3Sink } from '../../../src/connectors/s3/sink.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import { encodeCrc32 } from '../../../src/core/checksum.ts';
import {
  BUCKET,
  KIB,
  TINY_LIMITS,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';

const PART = 16 * KIB;
const bytes = patterned(5 * PART + 77);
const limits = { ...TINY_LIMITS, maxParts: 100 };

describe('S3 objects as streams', () => {
  const server = useS3Server({ limits });
  const config = () => settingsFor(server.s3);
  const source = (options: Partial<S3ObjectSourceOptions> = {}) =>
    s3ObjectSource({ bucket: BUCKET, key: 'key', partSize: PART, config: config(), ...options });

  it('write and read back the same bytes, as one part and as many', async () => {
    for (const size of [0, 1, PART - 1, PART, PART + 1, bytes.length]) {
      const data = bytes.subarray(0, size);
      const sink = s3Sink(`s3://${BUCKET}/size ${size}?#%41`, { config: config(), partSize: PART, limits });
      await pipeline(Readable.from([data], { objectMode: false }), sink);
      const { result } = sink;
      assert.equal(result?.bytes, size);
      assert.equal(result.parts, Math.max(1, Math.ceil(size / PART)));
      assert.equal(result.checksum, encodeCrc32(crc32(data)));
      assertSameBytes(await readAll(source({ key: `size ${size}?#%41` })), data);
      assertSameBytes(await readAll(s3Source(`s3://${BUCKET}/size ${size}[?]#%41`, { config: config() })), data);
    }
    assert.deepEqual(server.s3.uploads(), []);
  });

  it('send known-length buffers with a checksum each, and one of the whole object', async () => {
    const sink = s3ObjectSink({ bucket: BUCKET, key: 'key', config: config(), partSize: PART, limits });
    await pipeline(Readable.from([bytes]), sink);
    for (const { headers, bytesIn } of requests(server.s3, 'UploadPart')) {
      assert.equal(headers['content-length'], String(bytesIn));
      assert.match(headers['x-amz-checksum-crc32'] ?? '', /^.{6}==$/);
      assert.equal(headers['transfer-encoding'], undefined);
    }
    const [complete] = requests(server.s3, 'CompleteMultipartUpload');
    assert.equal(complete?.headers['x-amz-checksum-crc32'], encodeCrc32(crc32(bytes)));
    assert.equal(complete.headers['x-amz-mp-object-size'], String(bytes.length));
    assert.deepEqual(server.s3.objects(BUCKET)[0]?.checksum, {
      ...{ algorithm: 'CRC32', type: 'FULL_OBJECT', value: encodeCrc32(crc32(bytes)) },
    });
  });

  it('describe the object as asked, whether put whole or in parts', async () => {
    for (const data of [bytes, bytes.subarray(0, 10)]) {
      const sink = s3ObjectSink({
        ...{ bucket: BUCKET, key: 'key', config: config(), partSize: PART, limits },
        ...{ contentType: 'text/csv', contentEncoding: 'gzip', metadata: { origin: 'test' }, sse: 'AES256' },
        storageClass: 'STANDARD_IA',
      });
      await pipeline(Readable.from([data]), sink);
      const opened = source();
      const info = await opened.info;
      await readAll(opened);
      assert.deepEqual(
        { type: info.contentType, encoding: info.contentEncoding, metadata: info.metadata, size: info.size },
        { type: 'text/csv', encoding: 'gzip', metadata: { origin: 'test' }, size: data.length },
      );
      assert.equal(info.etag, sink.result?.etag);
      assert.ok(info.lastModified instanceof Date);
    }
  });

  it('read a range, both ends inclusive, and cut it to the object', async () => {
    server.s3.putObject(BUCKET, 'key', bytes);
    const cases = [
      { range: { start: 10, end: 10 }, expected: bytes.subarray(10, 11) },
      { range: { start: PART - 1, end: 3 * PART }, expected: bytes.subarray(PART - 1, 3 * PART + 1) },
      { range: { end: 99 }, expected: bytes.subarray(0, 100) },
      { range: { start: bytes.length - 5 }, expected: bytes.subarray(-5) },
      { range: { start: 5, end: 10 * bytes.length }, expected: bytes.subarray(5) },
    ];
    for (const { range, expected } of cases) assertSameBytes(await readAll(source({ range })), expected);
    assert.equal(requests(server.s3, 'HeadObject').length, 0);
  });

  it('read a composite object of a store that does not say so by a header', async () => {
    server.s3.putObject(BUCKET, 'key', bytes, { checksum: 'CRC32', partSize: PART });
    const fault = server.s3.on('HeadObject', 'always', { dropHeader: 'x-amz-checksum-type' });
    assertSameBytes(await readAll(source()), bytes);
    assert.equal(fault.fired, 1);
  });

  for (const [what, size, verify, sent] of [
    ['one byte', 1, false, ['GetObject']],
    ['exactly one part', PART, false, ['GetObject']],
    ['one byte more than a part', PART + 1, false, ['GetObject', 'GetObject']],
    ['exactly one part, and for its checksum,', PART, true, ['GetObject', 'HeadObject']],
    ['one byte more than a part, and for its checksum,', PART + 1, true, ['GetObject', 'GetObject', 'HeadObject']],
  ] as const) {
    it(`ask for an object of ${what} with ${sent.length === 1 ? 'one request' : `${sent.length} requests`}`, async () => {
      server.s3.putObject(BUCKET, 'key', patterned(size));
      const config = settingsFor(server.s3);
      const source = s3ObjectSource({ bucket: BUCKET, key: 'key', config, partSize: PART, verify });
      assertSameBytes(await readAll(source), patterned(size));
      assert.deepEqual(server.s3.operations.map(({ operation }) => operation).sort(), sent);
    });
  }

  it('compare no checksum when told not to', async () => {
    server.s3.putObject(BUCKET, 'key', bytes);
    await readAll(source({ verify: false }));
    assert.equal(requests(server.s3, 'HeadObject').length, 0);
  });

  it('work with a client that is handed in, and leave it open', async () => {
    const { region, endpoint, accessKeyId, secretAccessKey } = server.s3;
    const client = new S3Client({
      region,
      endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const sink = s3ObjectSink({ bucket: BUCKET, key: 'key', client, partSize: PART, limits });
    await pipeline(Readable.from([bytes]), sink);
    assertSameBytes(await readAll(s3ObjectSource({ bucket: BUCKET, key: 'key', client, partSize: PART })), bytes);
    assertSameBytes(await readAll(s3Source(`s3://${BUCKET}/key`, { client })), bytes);
    client.destroy();
  });

  it('put up to multipartThreshold whole', async () => {
    const settings = { ...config(), transfer: { multipartThreshold: 3 * PART } };
    const options = {
      bucket: BUCKET,
      key: 'key',
      config: settings,
      partSize: PART,
      limits,
      maxBufferedBytes: 8 * PART,
    };
    await pipeline(Readable.from([bytes.subarray(0, 3 * PART)]), s3ObjectSink(options));
    assert.equal(requests(server.s3, 'PutObject').length, 1);
    await pipeline(Readable.from([bytes]), s3ObjectSink(options));
    assert.equal(requests(server.s3, 'UploadPart').length, 4);
  });

  it('say what is wrong with the credentials', async () => {
    server.s3.putObject(BUCKET, 'key', bytes);
    const credentials = { accessKeyId: server.s3.accessKeyId, secretAccessKey: 'wrong-canary' };
    const error = await connectorRejection(readAll(source({ config: { ...config(), credentials } })));
    assert.equal(error.code, 'AUTH_FAILED');
    assert.doesNotMatch(error.message, /canary/);
  });

  it('take metadata of any name', () => {
    const metadata = { constructor: 'a', prototype: 'b' };
    const options = checkedOptions(objectSinkSchema, { bucket: BUCKET, key: 'key', metadata }, 's3ObjectSink');
    assert.deepEqual(options.metadata, metadata);
  });

  it('refuse malformed options at once, naming the option', () => {
    const target = { bucket: BUCKET, key: 'key' };
    const malformed = [
      { option: 'key', make: () => s3ObjectSource({ bucket: BUCKET, key: '' }) },
      { option: 'range', make: () => s3ObjectSource({ ...target, range: { start: 2, end: 1 } }) },
      { option: 'concurrency', make: () => s3ObjectSource({ ...target, concurrency: 0 }) },
      { option: 'signal', make: () => s3ObjectSource({ ...target, signal: {} as AbortSignal }) },
      { option: 'idleTimeout', make: () => s3ObjectSource({ ...target, idleTimeout: 'soon' }) },
      { option: 'partsize', make: () => s3ObjectSource({ ...target, partsize: 1 } as S3ObjectSourceOptions) },
      { option: 'partSize', make: () => s3ObjectSink({ ...target, partSize: '1MiB' }) },
      { option: 'ifNoneMatch', make: () => s3ObjectSink({ ...target, ifNoneMatch: 'x' as '*' }) },
      { option: 'checksum', make: () => s3ObjectSink({ ...target, checksum: 'md5' as 'crc32' }) },
      { option: 'ifMatch', make: () => s3ObjectSink({ ...target, ifMatch: '' }) },
      { option: 'ifNoneMatch and ifMatch', make: () => s3ObjectSink({ ...target, ifNoneMatch: '*', ifMatch: '"x"' }) },
      { option: 'metadata', make: () => s3ObjectSink({ ...target, metadata: ['x'] as never }) },
      { option: 'metadata', make: () => s3ObjectSink({ ...target, metadata: new Map([['a', 'b']]) as never }) },
      { option: 'metadata', make: () => s3ObjectSink({ ...target, metadata: { a: 1 } as never }) },
      { option: 'bucket', make: () => s3ObjectSink({ bucket: 'a/b', key: 'key' }) },
      { option: 'bucket', make: () => s3Sink('s3:///key') },
    ];
    for (const { option, make } of malformed) {
      assert.throws(make, { code: 'CONFIG_INVALID', message: new RegExp(option) });
    }
    assert.deepEqual(server.s3.operations, []);
  });
});
