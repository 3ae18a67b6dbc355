/** One call of a client: an operation with its clock, whose requests are bounded, and repeated while that may help. */
import { call } from '../../../core/call.ts';
import type { Call } from '../../../core/call.ts';
import { CallRequests } from '../../../core/call-requests.ts';
import type { OperationInfo, OperationTotals } from '../../../core/operation.ts';
import { retryPolicy } from '../../../core/retry.ts';
import type { RetryHooks, RetryPolicy } from '../../../core/retry.ts';
import type { Within } from '../../../core/within.ts';
import type { ConnectorError } from '../../../errors.ts';
import { configuredServer, describeAdlsError, pathAttributes } from '../attributes.ts';
import type { OwnClient } from '../stream-options.ts';
import type { Adls2Config } from '../config.ts';
import { connection } from '../connection.ts';
import { aboutPath, classifyAdlsError } from '../errors.ts';
import type { AdlsIntent } from '../errors.ts';
import { limiterFor } from '../native.ts';
import { streamProfile } from '../options.ts';
import type { AdlsRequests } from '../requests.ts';
import { within } from '../within.ts';
import type { AdlsCallOptions } from './call-options.ts';

/** What a call is about. */
export interface CallSubject {
  /** Snake case: `delete_path`. */
  readonly operation: string;
  readonly container?: string | undefined;
  /** Or what the paths begin with. */
  readonly path?: string | undefined;
  /** What the path is to become, for errors. */
  readonly newPath?: string | undefined;
  /** It takes as long as there is much of it: no time of its own bounds it. Default `false`: `timeouts.operation` does. */
  readonly isOpenEnded?: boolean;
  /** How long a request may take. Default: one request by itself. */
  readonly within?: Within | undefined;
}

/** What the requests of one call have in common. */
export interface CallContext extends Pick<CallRequests<AdlsRequests, AdlsIntent>, 'send' | 'commit' | 'hooks'> {
  readonly settings: Adls2Config;
  readonly retry: RetryPolicy;
  readonly hooks: RetryHooks;
  readonly connect: () => Promise<AdlsRequests>;
  /** How a failure is told: by the container, the path, and what it was about. */
  classify(error: unknown, intent: AdlsIntent): ConnectorError;
}

/** The settings of a client that is open. */
export function settingsOf(client: OwnClient): Adls2Config {
  return streamProfile({ client }).settings;
}

export function callInfo(client: OwnClient, { operation, container, path }: CallSubject): OperationInfo {
  const server = configuredServer(streamProfile({ client }));
  const attributes = { ...pathAttributes(container, path), ...server };
  return { connector: 'adls2', operation, profile: client.profile, attributes, describe: describeAdlsError };
}

/**
 * Runs `work` as one operation.
 *
 * @throws what failed, as an error of ours that names the path.
 */
export async function clientCall<T>(
  client: OwnClient,
  subject: CallSubject,
  options: AdlsCallOptions,
  work: (context: CallContext, call: Call) => Promise<readonly [value: T, totals: OperationTotals]>,
): Promise<T> {
  const ownMs = subject.isOpenEnded === true ? undefined : settingsOf(client).timeouts.operation;
  const { signal, timeout = ownMs } = options;
  const classify = (error: unknown): ConnectorError => classifyAdlsError(error);
  const info = callInfo(client, subject);
  return call(info, { signal, timeout }, classify, (one) => work(callContext(client, subject, options, one), one));
}

/** For a call that ends otherwise than by one promise. */
export function callContext(client: OwnClient, subject: CallSubject, options: AdlsCallOptions, one: Call): CallContext {
  const profile = streamProfile({ client });
  const { settings } = profile;
  const retry = retryPolicy(options.retry, settings.retries.attempts);
  const connect = connection(profile, one.operation, { server: configuredServer(profile) });
  const classify = (error: unknown, intent: AdlsIntent): ConnectorError => {
    const failure = classifyAdlsError(error, intent);
    const { container, path = '', newPath } = subject;
    if (container === undefined) return failure;
    return aboutPath(failure, container, newPath === undefined ? path : `${path} -> ${newPath}`);
  };
  const requests = new CallRequests<AdlsRequests, AdlsIntent>({
    ...{ one, retry, limiter: limiterFor(profile), connect, classify },
    ...{ within: subject.within ?? within, responseMs: settings.timeouts.read },
  });
  return {
    ...{ settings, retry, connect, classify, hooks: requests.hooks },
    send: (request, intent) => requests.send(request, intent),
    commit: (request, intent, look) => requests.commit(request, intent, look),
  };
}
