/** The peer of sluice-adls-put: the Azure SDK's `uploadStream`. */
import { createReadStream } from 'node:fs';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { args, report } from './pipe.ts';

interface Put {
  readonly connectionString: string;
  readonly path: string;
  readonly file: string;
  readonly readBytes?: number;
  readonly chunkSize?: number;
  readonly maxConcurrency?: number;
}

const { connectionString, path, file, readBytes, ...options } = args() as Put;
const client = DataLakeServiceClient.fromConnectionString(connectionString);
const source = createReadStream(file, readBytes === undefined ? {} : { highWaterMark: readBytes });
await client.getFileSystemClient('bench-files').getFileClient(path).uploadStream(source, options);
report({ bytes: source.bytesRead });
