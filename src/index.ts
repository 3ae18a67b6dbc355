/** The public names, re-exported; nothing else. */
export * from './errors.ts';
export { pgCopyFrom } from './connectors/postgres/copy-from.ts';
export type { CopyFromResult, PgCopyFromOptions } from './connectors/postgres/copy-from.ts';
export { pgCopyTo } from './connectors/postgres/copy-to.ts';
export type { CopyToResult, PgCopyToOptions } from './connectors/postgres/copy-to.ts';
export { s3ObjectSink, s3ObjectSource, s3Sink, s3Source } from './connectors/s3/index.ts';
export type {
  ObjectInfo,
  S3ObjectResult,
  S3ObjectSink,
  S3ObjectSinkOptions,
  S3ObjectSource,
  S3ObjectSourceOptions,
  S3Source,
  S3SourceOptions,
  S3SourceResult,
} from './connectors/s3/index.ts';
export {
  brotliCompress,
  brotliDecompress,
  decompress,
  gunzip,
  gzip,
  skipHeader,
  zstdCompress,
  zstdDecompress,
} from './formats/index.ts';
export type { CompressOptions, DecompressOptions, GunzipOptions, SkipHeaderOptions } from './formats/index.ts';
