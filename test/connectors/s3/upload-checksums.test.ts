import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { UPLOAD_ALGORITHMS, UploadChecksum } from '../../../src/connectors/s3/upload-checksum.ts';
import type { UploadAlgorithm } from '../../../src/connectors/s3/upload-checksum.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { s3 } from '../../../src/connectors/registry.ts';
import { createChecksum } from '../../../src/core/checksum.ts';
import { fauxqsService } from '../../conformance/subjects/s3-local.ts';
import {
  BUCKET,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from './support.ts';
import { BYTES, LIMITS, PART, chunked, openSink } from './writing.ts';

const checksumOf = (algorithm: UploadAlgorithm, bytes: Uint8Array): string => {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.digest();
};

const PARTS = [0, 1, 2, 3, 4].map((n) => BYTES.subarray(n * PART, (n + 1) * PART));

/** As S3 documents it: of the binary checksums of the parts, with their number. */
const compositeOf = (algorithm: UploadAlgorithm): string => {
  const values = PARTS.map((part) => Buffer.from(checksumOf(algorithm, part), 'base64'));
  return `${checksumOf(algorithm, Buffer.concat(values))}-${PARTS.length}`;
};

/** What S3 offers, and which of it is used. */
const TYPES = {
  crc32: 'FULL_OBJECT',
  crc32c: 'FULL_OBJECT',
  crc64nvme: 'FULL_OBJECT',
  sha1: 'COMPOSITE',
  sha256: 'COMPOSITE',
} as const satisfies Record<UploadAlgorithm, string>;

describe('the checksum of an upload', () => {
  const server = useS3Server({ limits: LIMITS });
  const header = (algorithm: UploadAlgorithm): string => `x-amz-checksum-${algorithm}`;
  const read = () => readAll(s3ObjectSource({ bucket: BUCKET, key: 'key', config: settingsFor(server.s3) }));

  it('is of every algorithm that S3 takes and tells apart', () => {
    assert.deepEqual(UPLOAD_ALGORITHMS, Object.keys(TYPES));
  });

  for (const algorithm of UPLOAD_ALGORITHMS) {
    it(`is sent as ${algorithm} with each part, holds the whole, and is compared when it is read`, async () => {
      const sink = openSink(server.s3, { checksum: algorithm });
      await pipeline(chunked(), sink);
      const sent = requests(server.s3, 'UploadPart').map(({ headers }) => headers[header(algorithm)]);
      assert.deepEqual(new Set(sent), new Set(PARTS.map((part) => checksumOf(algorithm, part))));
      const type = TYPES[algorithm];
      const value = type === 'COMPOSITE' ? compositeOf(algorithm) : checksumOf(algorithm, BYTES);
      assert.equal(sink.result?.checksum, value);
      const [object] = server.s3.objects(BUCKET);
      assert.deepEqual(object?.checksum, { algorithm: algorithm.toUpperCase(), type, value });
      const [complete] = requests(server.s3, 'CompleteMultipartUpload');
      assert.equal(complete?.headers[header(algorithm)], type === 'COMPOSITE' ? undefined : value);
      assertSameBytes(await read(), BYTES);
    });

    it(`is sent as ${algorithm} with an object that is put whole`, async () => {
      const bytes = patterned(100);
      const sink = openSink(server.s3, { checksum: algorithm });
      await pipeline(chunked(bytes), sink);
      const value = checksumOf(algorithm, bytes);
      assert.equal(requests(server.s3, 'PutObject')[0]?.headers[header(algorithm)], value);
      assert.equal(sink.result?.checksum, value);
      assertSameBytes(await read(), bytes);
    });

    for (const [what, operation, bytes] of [
      ['commit of its parts', 'CompleteMultipartUpload', BYTES],
      ['PutObject', 'PutObject', patterned(100)],
    ] as const) {
      it(`fails a sink whose ${what} is answered with another ${algorithm}, and says that the object is there`, async () => {
        const fault = server.s3.on(operation, 'always', { wrongChecksum: true });
        const sink = openSink(server.s3, { checksum: algorithm });
        const { code, outcome } = await connectorRejection(pipeline(chunked(bytes), sink));
        assert.deepEqual([fault.fired, code, outcome], [1, 'CHECKSUM_MISMATCH', 'done']);
        const settled = await sink.settled;
        assert.deepEqual([settled.outcome, settled.cleanup], ['done', 'confirmed']);
        assert.equal(requests(server.s3, operation).length, 1);
      });
    }

    it(`is ${algorithm} of an object in a server that is not ours`, async () => {
      await using service = await fauxqsService();
      const client = s3.client('default', service.settings);
      const { checksum } = await client.putObject(service.bucket, 'key', BYTES, { checksum: algorithm });
      assert.equal(checksum, checksumOf(algorithm, BYTES));
      const large = patterned(service.minPartSize + 1);
      const { parts } = await client.putObject(service.bucket, 'large', [large], {
        ...{ checksum: algorithm, partSize: service.minPartSize },
      });
      assert.equal(parts, 2);
      assertSameBytes(await readAll(client.getObject(service.bucket, 'large')), large);
      await client.close();
    });
  }

  it('is compared with the answer of a store that tells neither its type nor the number of parts', () => {
    const checksum = new UploadChecksum('crc32c', false);
    const parts = PARTS.map((part) => ({ size: part.length, value: checksumOf('crc32c', part) }));
    const [whole, composite] = [checksumOf('crc32c', BYTES), compositeOf('crc32c').replace(/-5$/, '')];
    const differs = (told: string, ChecksumType?: string) =>
      checksum.differs({ ChecksumCRC32C: told, ChecksumType }, parts);
    assert.deepEqual([differs(whole), differs(composite), differs('AAAAAA==')], [false, false, true]);
    assert.deepEqual([differs(composite, 'FULL_OBJECT'), differs(whole, 'COMPOSITE')], [true, true]);
  });

  it('is of the parts alone where the profile says so, but for the one that S3 has of the whole alone', async () => {
    const config = { ...settingsFor(server.s3), transfer: { checksum: 'crc32-composite' as const } };
    for (const [algorithm, type] of [
      ['crc32', 'COMPOSITE'],
      ['crc32c', 'COMPOSITE'],
      ['crc64nvme', 'FULL_OBJECT'],
    ] as const) {
      const sink = openSink(server.s3, { checksum: algorithm, config });
      await pipeline(chunked(), sink);
      assert.equal(server.s3.objects(BUCKET)[0]?.checksum?.type, type);
      const sent = requests(server.s3, 'CompleteMultipartUpload').at(-1)?.headers[header(algorithm)];
      assert.equal(sent, type === 'COMPOSITE' ? undefined : checksumOf(algorithm, BYTES));
      // What is told of the result is of all bytes wherever that can be known.
      assert.equal(sink.result?.checksum, checksumOf(algorithm, BYTES));
    }
  });
});
