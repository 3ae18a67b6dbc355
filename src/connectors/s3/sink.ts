/** {@link s3ObjectSink} by URL. */
import { parseObjectUri } from '../../core/uri.ts';
import { s3ObjectSink } from './object-sink.ts';
import type { S3ObjectSink, S3WriteOptions } from './object-sink.ts';

/**
 * Writes the object `s3://bucket/key`: see {@link s3ObjectSink}. The key is taken byte for byte, nothing is decoded.
 *
 * @throws ConfigError `CONFIG_INVALID` for anything but one object's URL.
 */
export function s3Sink(url: string, options: S3WriteOptions = {}): S3ObjectSink {
  const { bucket, key } = parseObjectUri(url, ['s3']);
  return s3ObjectSink({ ...options, bucket, key });
}
