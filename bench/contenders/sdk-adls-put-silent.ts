/** The peer of sluice-adls-put-silent, which is given up after two seconds. */
import { setTimeout } from 'node:timers/promises';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { args, report, silentAfter } from './pipe.ts';

interface Put {
  readonly connectionString: string;
  readonly container: string;
  readonly bytes: number;
  readonly by: 'abort' | 'destroy';
}

const { connectionString, container, bytes, by } = args() as Put;
const client = DataLakeServiceClient.fromConnectionString(connectionString);
const file = client.getFileSystemClient(container).getFileClient('theirs');
const stop = new AbortController();
const source = silentAfter(bytes, () => {
  if (by === 'abort') stop.abort();
  else source.destroy();
});
const isOver = file.uploadStream(source, { abortSignal: stop.signal }).then(
  () => 1,
  () => 1,
);
report({ ended: await Promise.race([isOver, setTimeout(2_000, 0)]) });
process.exit(0);
