/** Azure Data Lake Storage Gen2. Nothing of the Azure SDK is loaded before the first use. */
export { Adls2Client } from './client.ts';
export type { NativeAdlsClient, NativeFileSystemClient } from './native-client.ts';
export type { Adls2Settings } from './config.ts';
