import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { CHECKSUM_ALGORITHMS, checksumOfParts, digestOf } from '../../../src/testing/s3-server/checksums.ts';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import type { RawReply } from '../../support/raw-reply.ts';
import { awsChunked, element, send, sendAs, signed } from './raw-client.ts';
import { bytesOf, counterBytes, sdkClient } from './sdk-client.ts';

describe('S3 server: checksums', () => {
  it('computes the check values of the catalogues', () => {
    const digits = [Buffer.from('1234'), Buffer.from('56789')];
    assert.equal(digestOf('CRC32', digits).toString('hex'), 'cbf43926');
    assert.equal(digestOf('CRC32C', digits).toString('hex'), 'e3069283');
    assert.equal(digestOf('CRC64NVME', digits).toString('hex'), 'ae8b14860a799888');
  });

  it('joins CRCs of parts of any size into that of the whole', () => {
    const data = counterBytes(10_007);
    for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'] as const) {
      const parts = [0, 1, 2, 1000, 1000, 9000, 10_007].map((end, index, ends) =>
        data.subarray(index === 0 ? 0 : ends[index - 1], end),
      );
      const digest = (chunk: Buffer): string => digestOf(algorithm, [chunk]).toString('base64');
      const digests = parts.map((part) => ({ size: part.length, value: digest(part) }));
      assert.equal(checksumOfParts(algorithm, 'FULL_OBJECT', digests).value, digest(data), algorithm);
    }
  });

  describe('on the wire', () => {
    let server: S3Server;
    let client: S3Client;

    beforeEach(async () => {
      server = await startS3Server({ buckets: ['bucket'] });
      client = sdkClient(server);
    });

    afterEach(async () => {
      client.destroy();
      await server.close();
    });

    it('verifies, keeps and returns every algorithm, in a header and in a trailer', async () => {
      const data = counterBytes(100_000);
      const command = { Bucket: 'bucket', Key: 'key' };
      for (const ChecksumAlgorithm of CHECKSUM_ALGORITHMS) {
        const value = digestOf(ChecksumAlgorithm, [data]).toString('base64');
        for (const Body of [data, Readable.from([data.subarray(0, 70_000), data.subarray(70_000)])]) {
          const put = new PutObjectCommand({ ...command, Body, ContentLength: data.length, ChecksumAlgorithm });
          assert.equal((await client.send(put))[`Checksum${ChecksumAlgorithm}`], value);
          const head = await client.send(new HeadObjectCommand({ ...command, ChecksumMode: 'ENABLED' }));
          assert.equal(head[`Checksum${ChecksumAlgorithm}`], value);
          const got = await client.send(new GetObjectCommand(command));
          assert.ok((await bytesOf(got)).equals(data));
        }
      }
      const payloads = server.operations.flatMap(({ operation, headers }) =>
        operation === 'PutObject' ? [headers['x-amz-content-sha256']?.startsWith('STREAMING-UNSIGNED')] : [],
      );
      assert.deepEqual(
        payloads,
        CHECKSUM_ALGORITHMS.flatMap(() => [false, true]),
      );
    });

    it('computes the default checksum where the writer sends none, unless told not to', async () => {
      const body = 'some bytes';
      const reply = await send(server, { method: 'PUT', path: '/bucket/key', body });
      const expected = digestOf('CRC64NVME', [Buffer.from(body)]).toString('base64');
      assert.equal(reply.headers['x-amz-checksum-crc64nvme'], expected);
      await using plain = await startS3Server({ buckets: ['bucket'], defaultChecksum: 'none', etags: 'opaque' });
      const other = await send(plain, { method: 'PUT', path: '/bucket/key', body });
      assert.equal(other.headers['x-amz-checksum-crc64nvme'], undefined);
      assert.notEqual(other.headers.etag, `"${createHash('md5').update(body).digest('hex')}"`);
    });

    const chunks = [counterBytes(9000), counterBytes(8192), counterBytes(5)];
    const data = Buffer.concat(chunks);
    const trailer = { 'x-amz-checksum-sha256': createHash('sha256').update(data).digest('base64') };

    type Damage = (body: Buffer) => Buffer;
    const intact: Damage = (body) => body;

    async function putChunked(
      kind: 'signed' | 'signed-trailer' | 'unsigned-trailer',
      damage = intact,
      trailers: Record<string, string> = trailer,
      parts: readonly Buffer[] = chunks,
    ): Promise<RawReply> {
      const payload = {
        signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'signed-trailer': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        'unsigned-trailer': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      }[kind];
      const trails = kind === 'signed' ? {} : { 'x-amz-trailer': 'x-amz-checksum-sha256' };
      const length = { 'x-amz-decoded-content-length': String(Buffer.concat([...parts]).length) };
      const headers = { 'content-encoding': 'aws-chunked', ...length, ...trails };
      const what = { method: 'PUT', path: '/bucket/key', payload, headers };
      const { headers: all, seed } = signed(server, what);
      const body = awsChunked(parts, {
        ...(kind === 'unsigned-trailer' ? {} : { seed }),
        ...(kind === 'signed' ? {} : { trailers }),
      });
      return sendAs(server, { ...what, body: damage(body) }, all);
    }

    it('decodes aws-chunked bodies, signed and unsigned, with and without trailers', async () => {
      for (const kind of ['signed', 'signed-trailer', 'unsigned-trailer'] as const) {
        assert.equal((await putChunked(kind)).status, 200, kind);
        assert.ok(server.getObject('bucket', 'key')?.equals(data), kind);
        server.deleteObject('bucket', 'key');
      }
    });

    it('refuses damaged chunks, signatures and trailers, and stores nothing', async () => {
      const flip =
        (from: number): Damage =>
        (body) => {
          const changed = Buffer.from(body);
          const at = from < 0 ? body.length + from : from;
          changed[at] = (changed[at] ?? 0) ^ 1;
          return changed;
        };
      const wrong = { 'x-amz-checksum-sha256': createHash('sha256').update('else').digest('base64') };
      const short = [counterBytes(10), counterBytes(9000)];
      const cases: readonly (readonly [string, string, Promise<RawReply>])[] = [
        ['a changed byte', 'SignatureDoesNotMatch', putChunked('signed', flip(5000))],
        ['a changed trailer signature', 'SignatureDoesNotMatch', putChunked('signed-trailer', flip(-6))],
        ['a changed byte under a checksum', 'BadDigest', putChunked('unsigned-trailer', flip(5000))],
        ['another checksum', 'BadDigest', putChunked('signed-trailer', intact, wrong)],
        ['no trailer', 'MalformedTrailerError', putChunked('unsigned-trailer', intact, {})],
        ['no end', 'IncompleteBody', putChunked('unsigned-trailer', (body) => body.subarray(0, -20))],
        ['no size', 'IncompleteBody', putChunked('unsigned-trailer', () => Buffer.from('zz\r\n'))],
        [
          'a short chunk in the middle',
          'InvalidChunkSizeError',
          putChunked('unsigned-trailer', intact, trailer, short),
        ],
      ];
      assert.equal(cases.length, 8);
      for (const [title, code, pending] of cases) assert.equal(element(await pending, 'Code'), code, title);
      assert.deepEqual(server.objects('bucket'), []);
    });

    it('decodes aws-chunked bodies cut at any byte', async () => {
      const { createAwsChunkedDecoder } = await import('../../../src/testing/s3-server/aws-chunked.ts');
      const body = awsChunked([Buffer.from('hello'), Buffer.from('world')], { trailers: { 'X-Test': ' value ' } });
      for (let size = 1; size <= body.length; size += 1) {
        let text = '';
        const options = { signature: undefined, trailer: true, minChunkSize: 1 };
        const decoder = createAwsChunkedDecoder(options, (chunk) => (text += chunk.toString()));
        for (let at = 0; at < body.length; at += size) decoder.write(body.subarray(at, at + size));
        assert.deepEqual([...decoder.end()], [['x-test', 'value']]);
        assert.equal(text, 'helloworld');
      }
    });
  });
});
