/** The Azure clients of this process. */
import type { DataLakeServiceClient } from '@azure/storage-file-datalake';
import { ClientCache } from '../../core/client-cache.ts';
import type { Closable } from '../../core/client-cache.ts';
import type { Agents } from './agents.ts';

/** A client, and the connections below it, which outlive a secret that was rotated. */
export interface AccountConnection extends Closable {
  readonly agents: Agents;
  client: DataLakeServiceClient;
  /** By `performance.now()`: when the secret behind the client is to be looked up anew. */
  renewAt: number;
}

export const connections = new ClientCache<AccountConnection>();

/** Closes every client made here; requests under way fail, and the next use makes new clients. */
export function closeAdlsClients(): void {
  connections.closeAll();
}
