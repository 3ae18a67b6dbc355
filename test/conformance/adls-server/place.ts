/** What the suite of ADLS servers asks of one: whatever stands in for Azure must answer this as Azure does. */
import type { DataLakeFileClient, DataLakeFileSystemClient, DataLakeServiceClient } from '@azure/storage-file-datalake';
import type { Check, Place } from '../check.ts';

export interface AdlsServerPlace extends Place {
  /** The SDK's, with one attempt, so that a refusal is seen as it comes. */
  readonly service: DataLakeServiceClient;
  readonly files: DataLakeFileSystemClient;
  /** The same with a key that is not the account's. */
  readonly stranger: DataLakeFileSystemClient;
  /** The directory of this place; there already. */
  readonly directory: string;
  /** A new file with these bytes in that directory. */
  put(name: string, bytes: Buffer): Promise<DataLakeFileClient>;
}

export type AdlsServerCheck = Check<AdlsServerPlace>;
