/** The peer of sluice-adls-get: the body of the Azure SDK's `read`, or with `parallel` its `readToBuffer`, all in memory. */
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { args, drain, report } from './pipe.ts';

interface Get {
  readonly connectionString: string;
  readonly path: string;
  readonly parallel?: { readonly chunkSize: number; readonly concurrency: number };
}

const { connectionString, path, parallel } = args() as Get;
const client = DataLakeServiceClient.fromConnectionString(connectionString);
const file = client.getFileSystemClient('bench-files').getFileClient(path);
const sink = drain();
if (parallel === undefined) {
  const { readableStreamBody } = await file.read();
  await pipeline(readableStreamBody as Readable, sink);
} else {
  sink.end(await file.readToBuffer(0, undefined, parallel));
}
report({ bytes: sink.bytes });
