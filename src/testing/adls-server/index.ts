/** A fault-injecting Azure Data Lake Storage Gen2 account for tests: DFS and blob side, verified signatures, everything in memory. */
export { startAdlsServer } from './server.ts';
export type { AdlsServer, AdlsServerOptions } from './server.ts';
export type { AdlsFaultAction, AdlsFaultHandle, AdlsFaultSelector, AdlsOperationEntry } from './faults.ts';
export type { AdlsLimits } from './limits.ts';
export type { AdlsRequest } from './request.ts';
export type { AdlsOperation, AdlsSide } from './routes.ts';
export type { AdlsSeeding, PathSummary, PutFileOptions } from './seeding.ts';
