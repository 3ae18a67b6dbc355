/** The faults and the log of any store, with the requests of this one. */
import type * as store from '../store-server/faults.ts';
import type { Progress } from '../store-server/operation-log.ts';
import type { AdlsRequest } from './request.ts';

/** One fault. Several rules may match a request; all of them apply, and of those that end the reply the first. */
export type AdlsFaultAction = store.FaultAction<AdlsRequest>;

/** Which requests: the nth of the operation (from 1, since the server started), every one, or those that pass a test. */
export type AdlsFaultSelector = store.FaultSelector<AdlsRequest>;

/** A rule that is in force. */
export type AdlsFaultHandle = store.FaultHandle<AdlsRequest>;

/** A request and what became of it. */
export interface AdlsOperationEntry extends AdlsRequest, Progress {}
