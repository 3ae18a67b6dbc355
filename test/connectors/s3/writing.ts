/** What the fault tests of the S3 sink share. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import type { S3ObjectSink, S3ObjectSinkOptions } from '../../../src/connectors/s3/object-sink.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { BUCKET, KIB, QUICK, TINY_LIMITS, patterned, settingsFor } from './support.ts';

export const PART = 16 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);
export const LIMITS = { ...TINY_LIMITS, maxParts: 100 };

export const openSink = (s3: S3Server, options: Partial<S3ObjectSinkOptions> = {}): S3ObjectSink => {
  const target = { bucket: BUCKET, key: 'key', partSize: PART, limits: LIMITS };
  return s3ObjectSink({ ...target, config: settingsFor(s3), retry: QUICK, ...options });
};

export const chunked = (data = BYTES, size = 5000): Readable =>
  Readable.from(
    (function* () {
      for (let offset = 0; offset < data.length; offset += size) yield data.subarray(offset, offset + size);
    })(),
  );

export const stored = (s3: S3Server): Buffer => s3.getObject(BUCKET, 'key') ?? Buffer.from('no such object');

/** Neither an object nor an upload. No object is compared: to show how large ones differ takes all memory. */
export const assertNothingLeft = (s3: S3Server, key = 'key'): void => {
  assert.ok(s3.getObject(BUCKET, key) === undefined, 'an object is left');
  assert.deepEqual(s3.uploads(), []);
};
