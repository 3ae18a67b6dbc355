/** What the ADLS subjects share: Azure's own client to arrange and to look, and a wire that can be cut where it is open. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import type { DataLakeFileSystemClient, StoragePipelineOptions } from '@azure/storage-file-datalake';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { proxiedWire } from '../wire.ts';
import type { Wire } from '../wire.ts';
import type { AdlsAccount } from './adls-servers.ts';

export interface ArrangingClient {
  readonly files: DataLakeFileSystemClient;
  close(): void;
}

/** The SDK's client, with its own retries. */
export function arrangingClient({ connectionString, container }: AdlsAccount): ArrangingClient {
  const agent = agentFor(connectionString);
  // The SDK hands the agent on, and does not say so.
  const own: StoragePipelineOptions & { agent: Agent } = { agent };
  const service = DataLakeServiceClient.fromConnectionString(connectionString, own);
  return { files: service.getFileSystemClient(container), close: () => agent.destroy() };
}

export const agentFor = (connectionString: string): Agent =>
  /Protocol=https/i.test(connectionString) ? new SecureAgent({ keepAlive: true }) : new Agent({ keepAlive: true });

export interface WireTo {
  /** Of the streams. */
  readonly config: Adls2Settings;
  readonly wire?: Wire;
  close(): Promise<void>;
}

/** Where the account's bytes can be intercepted: over plain http. */
export function openEndpointOf(connectionString: string): string | undefined {
  return /BlobEndpoint=(http:[^;]+)/.exec(connectionString)?.[1];
}

/** Through a proxy, where there is one to be had; `commits` is what a client sends to make a file visible. */
export async function wireTo({ connectionString }: AdlsAccount, commits: readonly string[]): Promise<WireTo> {
  const endpoint = openEndpointOf(connectionString);
  const accountKey = /AccountKey=([^;]+)/.exec(connectionString)?.[1];
  if (endpoint === undefined || accountKey === undefined) {
    return { config: { connectionString }, close: () => Promise.resolve() };
  }
  const { hostname, port, pathname } = new URL(endpoint);
  const wire = await proxiedWire(hostname, Number(port), commits);
  const config = { accountUrl: `http://127.0.0.1:${wire.port}${pathname}`, accountKey };
  return { config, wire, close: async () => wire[Symbol.asyncDispose]() };
}
