import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import type { S3ObjectSinkOptions } from '../../../src/connectors/s3/object-sink.ts';
import { assertSameBytes, patterned, requests, settingsFor, useS3Server } from './support.ts';
import { BYTES, LIMITS, chunked, openSink, stored } from './writing.ts';

const WRITES = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const;

describe('the settings for a store', () => {
  const server = useS3Server({ limits: LIMITS });
  /** The names of the headers about checksums that writing the data sent, the SDK's own settings aside. */
  const checksums = async (
    data: Buffer,
    transfer: S3Settings['transfer'],
    options: Partial<S3ObjectSinkOptions> = {},
  ): Promise<string[]> => {
    const config = { ...settingsFor(server.s3), ...(transfer === undefined ? {} : { transfer }) };
    const sink = openSink(server.s3, { config, ...options });
    await pipeline(chunked(data), sink);
    assertSameBytes(stored(server.s3), data);
    const sent = WRITES.flatMap((operation) => requests(server.s3, operation));
    assert.ok(sent.length > 0);
    const names = sent.flatMap(({ headers }) =>
      Object.keys(headers).filter((name) => /checksum|x-amz-trailer/.test(name)),
    );
    return [...new Set(names)].sort();
  };

  for (const [what, data] of [
    ['a small object', patterned(100)],
    ['an object in parts', BYTES],
  ] as const) {
    it(`send a checksum with ${what}`, async () => {
      assert.ok((await checksums(data, undefined)).some((name) => name.startsWith('x-amz-checksum')));
    });

    it(`send none with ${what} to a store that refuses them, unless the call wants it`, async () => {
      assert.deepEqual(await checksums(data, { checksum: 'none' }), []);
      const wanted = await checksums(data, { checksum: 'none' }, { checksum: 'crc32' });
      assert.ok(wanted.some((name) => name.startsWith('x-amz-checksum')));
    });
  }
});
