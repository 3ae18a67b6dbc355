/** A fault-injecting S3 server for tests: real wire protocol, verified signatures, everything in memory. */
export { startS3Server } from './server.ts';
export type { S3Server, S3ServerOptions } from './server.ts';
export type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';
export type { S3Credentials } from './credentials.ts';
export type { FaultAction, FaultHandle, FaultSelector } from './faults.ts';
export type { S3Limits } from './limits.ts';
export type { OperationEntry } from './operation-entry.ts';
export type { AfterBytes, FaultMoment } from '../store-server/faults.ts';
export type { WaitPhase } from '../store-server/operation-log.ts';
export type { S3Request } from './request.ts';
export type { S3Operation } from './routes.ts';
export type { ObjectSummary, SeedOptions, UploadSummary } from './seeding.ts';
