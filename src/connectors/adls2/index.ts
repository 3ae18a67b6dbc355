/** Azure Data Lake Storage Gen2. Nothing of the Azure SDK is loaded before the first use. */
export { Adls2Client } from './client.ts';
export { adlsFileSource } from './file-source.ts';
export type { AdlsFileSource, AdlsFileSourceOptions, AdlsReadOptions } from './file-source.ts';
export { adlsSource } from './source.ts';
export type { AdlsSource, AdlsSourceOptions, AdlsSourceResult, EachFile } from './source.ts';
export type { AdlsFileResult, PathInfo } from './path-info.ts';
export type { AdlsStreamOptions } from './stream-options.ts';
export { ADLS_LIMITS, adlsFileSink } from './file-sink.ts';
export type { AdlsFileSink, AdlsFileSinkOptions, AdlsWriteOptions } from './file-sink.ts';
export { adlsSink } from './sink.ts';
export type { NativeAdlsClient, NativeFileSystemClient } from './native-client.ts';
export type { Adls2Settings } from './config.ts';
