/** The unmodified Azure SDK, pointed at a test server. */
import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { DataLakeServiceClient } from '@azure/storage-file-datalake';
import type {
  AnonymousCredential,
  StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-file-datalake';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';

/** Anything that gives tokens. */
export interface Tokens {
  getToken(): Promise<{ token: string; expiresOnTimestamp: number }>;
}

export interface SdkClient extends Disposable {
  readonly service: DataLakeServiceClient;
}

/** One attempt, so that a refusal is seen as it comes; with the server's key unless told otherwise. */
export function sdkClient(
  server: AdlsServer,
  credential?: StorageSharedKeyCredential | AnonymousCredential | Tokens,
  at: { readonly query?: string; readonly url?: string } = {},
): SdkClient {
  // Whatever a host is called, it is this server.
  const lookup: LookupFunction = (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);
  const agent = server.ca === undefined ? new Agent({ lookup }) : new SecureAgent({ ca: server.ca, lookup });
  // The SDK hands the agent on, and does not say so.
  const options: StoragePipelineOptions & { agent: Agent } = { retryOptions: { maxTries: 1 }, agent };
  const { query = '', url = server.endpoint } = at;
  const service =
    credential === undefined && query === '' && at.url === undefined
      ? DataLakeServiceClient.fromConnectionString(server.connectionString, options)
      : new DataLakeServiceClient(query === '' ? url : `${url}?${query}`, credential, options);
  return { service, [Symbol.dispose]: () => agent.destroy() };
}

export const tokenOf = (token: string): Tokens => ({
  getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
});
