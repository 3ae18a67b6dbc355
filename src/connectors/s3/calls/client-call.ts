/** One call of a client: an operation with its clock, whose requests are bounded, and repeated while that may help. */
import { call } from '../../../core/call.ts';
import type { Call } from '../../../core/call.ts';
import { CallRequests } from '../../../core/call-requests.ts';
import type { OperationInfo, OperationTotals } from '../../../core/operation.ts';
import type { RequestLimiter } from '../../../core/request-limiter.ts';
import { retryPolicy } from '../../../core/retry.ts';
import type { RetryHooks, RetryPolicy } from '../../../core/retry.ts';
import type { ConnectorError } from '../../../errors.ts';
import { configuredServer, describeS3Error, objectAttributes } from '../attributes.ts';
import type { OwnClient } from '../stream-options.ts';
import type { S3Config } from '../config.ts';
import { connection } from '../connection.ts';
import { aboutObject, classifyS3Error } from '../errors.ts';
import type { S3Intent } from '../errors.ts';
import { limiterFor } from '../native.ts';
import type { S3Requests } from '../native.ts';
import { streamProfile } from '../options.ts';
import { within } from '../within.ts';
import type { S3CallOptions } from './call-options.ts';

/** What a call is about. */
export interface CallSubject {
  /** Snake case: `head_object`. */
  readonly operation: string;
  readonly bucket?: string | undefined;
  /** Or what the keys begin with. */
  readonly key?: string | undefined;
  /** It takes as long as there is much of it: no time of its own bounds it. Default `false`: `timeouts.total` does. */
  readonly isOpenEnded?: boolean;
}

/** What the requests of one call have in common. */
export interface CallContext {
  readonly settings: S3Config;
  readonly retry: RetryPolicy;
  readonly limiter: RequestLimiter;
  readonly hooks: RetryHooks;
  readonly connect: () => Promise<S3Requests>;
  /** How a failure is told: by the bucket, the key, and what it was about. */
  classify(error: unknown, intent: S3Intent): ConnectorError;
  /** One request, bounded by `timeouts.read` and tried again while that may help. */
  send<T>(request: (s3: S3Requests, cut: AbortSignal) => Promise<T>, intent: S3Intent): Promise<T>;
}

/** The settings of a client that is open. */
export function settingsOf(client: OwnClient): S3Config {
  return streamProfile({ client }).settings;
}

export function callInfo(client: OwnClient, { operation, bucket, key }: CallSubject): OperationInfo {
  const server = configuredServer(streamProfile({ client }));
  const attributes = { ...objectAttributes(bucket, key), ...server };
  return { connector: 's3', operation, profile: client.profile, attributes, describe: describeS3Error };
}

/**
 * Runs `work` as one operation.
 *
 * @throws what failed, as an error of ours that names the object.
 */
export async function clientCall<T>(
  client: OwnClient,
  subject: CallSubject,
  options: S3CallOptions,
  work: (context: CallContext, call: Call) => Promise<readonly [value: T, totals: OperationTotals]>,
): Promise<T> {
  const { signal, timeout = subject.isOpenEnded === true ? undefined : settingsOf(client).timeouts.total } = options;
  const info = callInfo(client, subject);
  const classify = (error: unknown): ConnectorError => classifyS3Error(error);
  return call(info, { signal, timeout }, classify, (one) => work(callContext(client, subject, options, one), one));
}

/** For a call that ends otherwise than by one promise. */
export function callContext(client: OwnClient, subject: CallSubject, options: S3CallOptions, one: Call): CallContext {
  const profile = streamProfile({ client });
  const { settings } = profile;
  const limiter = limiterFor(profile);
  const retry = retryPolicy(options.retry, settings.retries.attempts);
  const connect = connection(profile, one.operation, { server: configuredServer(profile) });
  const classify = (error: unknown, intent: S3Intent): ConnectorError => {
    const failure = classifyS3Error(error, intent);
    const { bucket, key = '' } = subject;
    return bucket === undefined ? failure : aboutObject(failure, bucket, key);
  };
  const responseMs = settings.timeouts.read;
  const requests = new CallRequests({ one, retry, limiter, connect, within, responseMs, classify });
  const send: CallContext['send'] = (request, intent) => requests.send(request, intent);
  return { settings, retry, limiter, connect, classify, send, hooks: requests.hooks };
}
