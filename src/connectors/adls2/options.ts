/** What every ADLS stream takes, checked once at the boundary, and what every ADLS stream is made with. */
import * as v from 'valibot';
import { callShape, checkedOptions, rangeShape, shaped } from '../../config/call-shape.ts';
import { windowSize } from '../../config/call-shape.ts';
import type { WindowSize } from '../../config/call-shape.ts';
import type { Schema } from '../../config/check.ts';
import { duration, text } from '../../config/schema.ts';
import { joinShape, readShape } from '../../config/transfer-shapes.ts';
import type { Duration } from '../../core/duration.ts';
import { Lifecycle } from '../../core/lifecycle.ts';
import type { RequestLimiter } from '../../core/request-limiter.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { retryPolicy } from '../../core/retry.ts';
import { configuredServer, describeAdlsError, pathAttributes } from './attributes.ts';
import type { Adls2Client } from './client.ts';
import { clientProfiles } from './client-profiles.ts';
import { adls2Profile } from './config.ts';
import type { Adls2Config, Adls2Profile, Adls2Settings } from './config.ts';
import { connection } from './connection.ts';
import { limiterFor } from './native.ts';
import type { NativeAdlsClient } from './native-client.ts';
import type { AdlsRequests } from './requests.ts';
import type { AdlsStreamOptions } from './stream-options.ts';

/** What every stream takes. */
export const streamShape = {
  ...callShape,
  cleanupTimeout: v.optional(duration('cleanupTimeout')),
  profile: v.optional(text()),
  config: v.optional(shaped<Adls2Settings>('an object', () => true)),
  client: v.optional(
    shaped<NativeAdlsClient | Adls2Client>(
      'an Adls2Client or a DataLakeServiceClient',
      (value) => isOurs(value) || 'getFileSystemClient' in value,
    ),
  ),
};

export const fileSourceSchema = v.object({
  ...streamShape,
  ...readShape,
  container: text(),
  path: text(),
  range: v.optional(rangeShape),
  ifMatch: v.optional(text()),
});

export const sourceSchema = v.object({
  ...streamShape,
  ...readShape,
  ...joinShape,
});

/** The options of a factory, complete and typed. @throws ConfigError `CONFIG_INVALID` naming every problem, and no value. */
export function adlsOptions<S extends Schema>(schema: S, options: unknown, factory: string): v.InferOutput<S> {
  return checkedOptions(schema, options, { connector: 'adls2', factory });
}

/** What a stream works with. Nothing is opened yet. */
export interface AdlsStreamContext<R> {
  readonly lifecycle: Lifecycle<R>;
  readonly retry: RetryPolicy;
  /** Of the account: shared by all streams of one client. */
  readonly limiter: RequestLimiter;
  /** The SDK and its client, loaded at the first call. */
  readonly connect: () => Promise<AdlsRequests>;
}

export interface AdlsWork {
  /** Snake case: `read_file`. */
  readonly operation: string;
  /** Undefined where there are several. */
  readonly container: string | undefined;
  readonly path?: string | undefined;
  /** Of the wait for a commit's answer, for the larger of first parts. */
  readonly commitTimeout?: Duration | undefined;
}

const isOurs = (client: object | undefined): client is Adls2Client =>
  client !== undefined && clientProfiles.behind(client) !== undefined;

/** The settings of a stream's profile and call. */
export function streamProfile(options: AdlsStreamOptions): Adls2Profile {
  const { profile = 'default', config, client } = options;
  return clientProfiles.of(options)?.use() ?? adls2Profile(profile, config, client !== undefined);
}

/** Starts the stream's clock, which listens to the signal: everything that can be refused has been checked before. */
export function adlsStreamContext<R>(
  options: AdlsStreamOptions,
  source: Adls2Profile,
  work: AdlsWork,
): AdlsStreamContext<R> {
  const { client: given, signal, timeout, cleanupTimeout } = options;
  const client = isOurs(given) ? undefined : given;
  const profile = isOurs(given) ? given.profile : (options.profile ?? 'default');
  const { operation, container, path, commitTimeout } = work;
  const server = client === undefined ? configuredServer(source) : {};
  const retry = retryPolicy(options.retry, source.settings.retries.attempts);
  const attributes = { ...pathAttributes(container, path), ...server };
  const lifecycle = new Lifecycle<R>(
    { connector: 'adls2', operation, profile, attributes, describe: describeAdlsError },
    { signal, timeout, cleanupTimeout, commitTimeout },
  );
  const connect = connection(source, lifecycle.operation, { client, server });
  return { lifecycle, retry, limiter: limiterFor(source, client), connect };
}

/** Parts, parallel requests and memory: the call's, else the profile's. */
export function adlsWindow(
  options: Partial<Record<keyof WindowSize, number | undefined>>,
  { transfer }: Adls2Config,
): WindowSize {
  return windowSize(options, transfer, 'adls2');
}
