/** The public names, re-exported; nothing else. */
export * from './classify/index.ts';
export { adls2, connectors, postgres, s3 } from './connectors/registry.ts';
export type { ConnectorClients, ConnectorFactory, ConnectorRequest, RegisteredClient } from './connectors/registry.ts';
export { Adls2Client } from './connectors/adls2/client.ts';
export type { ListPathsOptions } from './connectors/adls2/calls/listing.ts';
export type { SweepTemporaryOptions } from './connectors/adls2/calls/temporary-sweep.ts';
export { adlsFileSource } from './connectors/adls2/file-source.ts';
export type { AdlsFileSource, AdlsFileSourceOptions } from './connectors/adls2/file-source.ts';
export type { AdlsFileResult, PathInfo } from './connectors/adls2/path-info.ts';
export { adlsSource } from './connectors/adls2/source.ts';
export type { AdlsSource, AdlsSourceOptions, AdlsSourceResult } from './connectors/adls2/source.ts';
export { adlsFileSink } from './connectors/adls2/file-sink.ts';
export type { AdlsFileSink, AdlsFileSinkOptions, AdlsWriteOptions } from './connectors/adls2/file-sink.ts';
export { adlsSink } from './connectors/adls2/sink.ts';
export { PostgresClient } from './connectors/postgres/client.ts';
export { S3Client } from './connectors/s3/client.ts';
export * as fields from './config/schema.ts';
export type { Profile } from './config/resolve.ts';
export { setSecretsProvider, staticSecrets } from './config/secrets.ts';
export type { SecretsProvider } from './config/secrets.ts';
export type { CheckOutOptions, CheckedOutClient } from './connectors/postgres/statements/checked-out.ts';
export { pgCopyFrom } from './connectors/postgres/copy-from.ts';
export type { CopyFromResult, PgCopyFromOptions } from './connectors/postgres/copy-from.ts';
export { pgCopyRows } from './connectors/postgres/copy-rows.ts';
export type { CopyRowsResult, PgCopyRowsOptions } from './connectors/postgres/copy-rows.ts';
export type { CopyRow } from './connectors/postgres/encoding/row-encoder.ts';
export { pgCopyTo } from './connectors/postgres/copy-to.ts';
export type { CopyToResult, PgCopyToOptions } from './connectors/postgres/copy-to.ts';
export type { CopyColumn } from './connectors/postgres/copy-column.ts';
export { decodeCopy } from './connectors/postgres/decode-copy.ts';
export type { DecodeCopyOptions } from './connectors/postgres/decoding/options.ts';
export { encodeCopy } from './connectors/postgres/encode-copy.ts';
export type { EncodeCopyOptions } from './connectors/postgres/encode-copy.ts';
export { pgQueryRows } from './connectors/postgres/query-rows.ts';
export type { PgQueryRowsOptions, QueryRowsResult } from './connectors/postgres/query-rows.ts';
export type { Parameters } from './connectors/postgres/statements/parameters.ts';
export { Transaction } from './connectors/postgres/transaction.ts';
export type { TransactionOptions } from './connectors/postgres/statements/open-transaction.ts';
export type { QueryOptions, Row, StatementOptions } from './connectors/postgres/statements/queries.ts';
export type { ListObjectsOptions, ListedObject } from './connectors/s3/calls/listing.ts';
export type { PresignOptions } from './connectors/s3/calls/native-tools.ts';
export type { SweepUploadsOptions, SweptUpload } from './connectors/s3/calls/uploads-sweep.ts';
export { s3ObjectSink } from './connectors/s3/object-sink.ts';
export type { S3ObjectSink, S3ObjectSinkOptions, S3WriteOptions } from './connectors/s3/object-sink.ts';
export { s3ObjectSource } from './connectors/s3/object-source.ts';
export type { S3ObjectSource, S3ObjectSourceOptions } from './connectors/s3/object-source.ts';
export { s3Sink } from './connectors/s3/sink.ts';
export { s3Source } from './connectors/s3/source.ts';
export type { S3Source, S3SourceOptions, S3SourceResult } from './connectors/s3/source.ts';
export type { ObjectInfo, S3ObjectResult } from './connectors/s3/object-info.ts';
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
export type { Duration } from './core/duration.ts';
export type { RetryOptions } from './core/retry.ts';
export type { Leftover, Settled } from './core/settlement.ts';
export type { Sink, SinkProgress } from './core/sink.ts';
export type { Source, SourceProgress } from './core/source.ts';
