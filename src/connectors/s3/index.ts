/** S3 as streams: objects in, objects out. Nothing of the AWS SDK is loaded before the first use. */
export { S3Client } from './client.ts';
export { s3ObjectSource } from './object-source.ts';
export type { S3ObjectSource, S3ObjectSourceOptions, S3ReadOptions } from './object-source.ts';
export { s3Source } from './source.ts';
export type { S3Source, S3SourceOptions } from './source.ts';
export type { S3SourceResult } from './join-driver.ts';
export type { EachObject } from './joined-object.ts';
export { S3_LIMITS, s3ObjectSink } from './object-sink.ts';
export type { S3ObjectSink, S3ObjectSinkOptions, S3WriteOptions } from './object-sink.ts';
export { s3Sink } from './sink.ts';
export type { ObjectInfo, S3ObjectResult } from './object-info.ts';
export type { ObjectDescription, S3Encryption } from './object-headers.ts';
export type { NativeS3Client } from './native-client.ts';
export type { S3StreamOptions } from './stream-options.ts';
export type { S3Settings } from './config.ts';
