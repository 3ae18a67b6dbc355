/** An entry of the log: a request and what became of it. */
import type { Progress } from '../store-server/operation-log.ts';
import type { S3Request } from './request.ts';

export interface OperationEntry extends S3Request, Progress {}
