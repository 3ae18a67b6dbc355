/** Accounts of Azure Data Lake Storage Gen2 as servers, with nothing of ours between them and the SDK. */
import type { Agent } from 'node:http';
import { BlockBlobClient } from '@azure/storage-blob';
import { DataLakeServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-datalake';
import type { StoragePipelineOptions } from '@azure/storage-file-datalake';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsLimits } from '../../../src/testing/adls-server/index.ts';
import type { Subject } from '../check.ts';
import type { AdlsServerPlace } from '../adls-server/place.ts';
import { agentFor } from './adls-service.ts';
import { once } from './once.ts';

/** An account that is there, and where in it to work. */
export interface AdlsAccount extends AsyncDisposable {
  /** With the account's key. */
  readonly connectionString: string;
  readonly container: string;
  /** A directory of one's own; ends with `/`. */
  readonly prefix: string;
  /** It speaks the Blob protocol and not that of a Data Lake, as Azurite does. */
  readonly blobsAlone?: true;
  /** The same for whoever arranges, where the other one has something wrong with it. */
  readonly rightful?: string;
}

/** With pages, and rounds of deletion, of a few paths. */
export async function ownAccount(limits: Partial<AdlsLimits> = { maxDeletions: 2 }): Promise<AdlsAccount> {
  const server = await startAdlsServer({ containers: ['conformance'], limits });
  return {
    ...{ connectionString: server.connectionString, container: 'conformance', prefix: 'streams/' },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

export function adlsServerSubject(name: string, start: () => Promise<AdlsAccount>): Subject<AdlsServerPlace> {
  const running = once(start);
  let places = 0;
  return {
    ...{ name, start: () => running.get(), close: () => running.close() },
    async open() {
      return place(await running.get(), `server-${(places += 1)}`);
    },
  };
}

async function place(account: AdlsAccount, name: string): Promise<AdlsServerPlace> {
  const { connectionString, container, rightful = connectionString, blobsAlone = false } = account;
  const directory = account.prefix + name;
  const agent = agentFor(connectionString);
  // One attempt, so that a refusal is seen as it comes. The SDK hands the agent on, and does not say so.
  const options: StoragePipelineOptions & { agent: Agent } = { retryOptions: { maxTries: 1 }, agent };
  const service = DataLakeServiceClient.fromConnectionString(connectionString, options);
  const arranging = DataLakeServiceClient.fromConnectionString(rightful, options).getFileSystemClient(container);
  const accountName = /AccountName=([^;]+)/.exec(connectionString)?.[1] ?? '';
  const wrong = new StorageSharedKeyCredential(accountName, Buffer.from('not the key at all').toString('base64'));
  const files = service.getFileSystemClient(container);
  if (!blobsAlone) await arranging.getDirectoryClient(directory).create();
  return {
    ...{ service, directory, files },
    async put(name, bytes) {
      const file = files.getFileClient(`${directory}/${name}`);
      if (blobsAlone)
        await new BlockBlobClient(connectionString, container, file.name, options).upload(bytes, bytes.length);
      else await file.upload(bytes);
      return file;
    },
    stranger: new DataLakeServiceClient(service.url, wrong, options).getFileSystemClient(container),
    assertClean: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      if (!blobsAlone) await arranging.getDirectoryClient(directory).delete(true);
      agent.destroy();
    },
  };
}
