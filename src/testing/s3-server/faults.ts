/** The faults of any store, with the requests of this one. */
import type * as store from '../store-server/faults.ts';
import type { S3Request } from './request.ts';

/** One fault. Several rules may match a request; all of them apply, and of those that end the reply the first. */
export type FaultAction = store.FaultAction<S3Request>;

/** Which requests: the nth of the operation (from 1, since the server started), every one, or those that pass a test. */
export type FaultSelector = store.FaultSelector<S3Request>;

/** A rule that is in force. */
export type FaultHandle = store.FaultHandle<S3Request>;
