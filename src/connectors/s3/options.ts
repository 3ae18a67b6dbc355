/** What every S3 stream takes, checked once at the boundary, and what every S3 stream is made with. */
import * as v from 'valibot';
import { callShape, checkedOptions as checked, rangeShape, shaped, windowShape } from '../../config/call-shape.ts';
import { windowSize as windowOf } from '../../config/call-shape.ts';
import type { WindowSize } from '../../config/call-shape.ts';
import type { Schema } from '../../config/check.ts';
import { boolean, duration, size, text } from '../../config/schema.ts';
import { joinShape, partLimits, readShape, texts } from '../../config/transfer-shapes.ts';
import type { Duration } from '../../core/duration.ts';
import { Lifecycle } from '../../core/lifecycle.ts';
import type { RequestLimiter } from '../../core/request-limiter.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import { retryPolicy } from '../../core/retry.ts';
import { formatObjectUri } from '../../core/uri.ts';
import { configuredServer, describeS3Error, objectAttributes } from './attributes.ts';
import type { S3Client } from './client.ts';
import { clientProfiles } from './client-profiles.ts';
import { s3Profile } from './config.ts';
import type { S3Config, S3Profile, S3Settings } from './config.ts';
import { OF_BUCKET_KEY, OF_KMS, encryptionAlgorithm, isOfBucketKey, isOfKms } from './encryption.ts';
import { connection } from './connection.ts';
import { limiterFor } from './native.ts';
import type { S3Requests } from './native.ts';
import type { NativeS3Client } from './native-client.ts';
import type { S3StreamOptions } from './stream-options.ts';
import { UPLOAD_ALGORITHMS } from './upload-checksum.ts';

export { callShape };

const streamShape = {
  ...callShape,
  cleanupTimeout: v.optional(duration('cleanupTimeout')),
  profile: v.optional(text()),
  config: v.optional(shaped<S3Settings>('an object', () => true)),
  client: v.optional(shaped<NativeS3Client | S3Client>('an S3Client', (value) => isOurs(value) || 'send' in value)),
};

export const objectSourceSchema = v.object({
  ...streamShape,
  ...readShape,
  bucket: text(),
  key: text(),
  versionId: v.optional(text()),
  range: v.optional(rangeShape),
  ifMatch: v.optional(text()),
});

export const sourceSchema = v.object({
  ...streamShape,
  ...readShape,
  ...joinShape,
});

const encryption = v.pipe(
  v.object({
    algorithm: encryptionAlgorithm,
    kmsKeyId: v.optional(text()),
    bucketKeyEnabled: v.optional(boolean()),
    context: v.optional(texts),
  }),
  v.check((kept) => isOfKms(kept), OF_KMS),
  v.check((kept) => isOfBucketKey(kept), OF_BUCKET_KEY),
);

export const objectSinkSchema = v.object({
  ...streamShape,
  ...windowShape,
  bucket: text(),
  key: text(),
  contentType: v.optional(text()),
  contentEncoding: v.optional(text()),
  metadata: v.optional(texts),
  sse: v.optional(v.union([encryptionAlgorithm, encryption])),
  acl: v.optional(text()),
  storageClass: v.optional(text()),
  ifNoneMatch: v.optional(v.literal('*')),
  ifMatch: v.optional(text()),
  expectedBytes: v.optional(size('expectedBytes')),
  checksum: v.optional(v.union([v.picklist(UPLOAD_ALGORITHMS), v.literal(false)])),
  commitTimeout: v.optional(duration('commitTimeout')),
  limits: v.optional(partLimits),
});

/** The options of a factory, complete and typed. @throws ConfigError `CONFIG_INVALID` naming every problem, and no value. */
export function checkedOptions<S extends Schema>(schema: S, options: unknown, factory: string): v.InferOutput<S> {
  return checked(schema, options, { connector: 's3', factory });
}

/** Refuses a bucket or key that no request could name. */
export function checkTarget(bucket: string, key: string): void {
  formatObjectUri({ scheme: 's3', bucket, key });
}

/** What a stream works with. Nothing is opened yet. */
export interface S3StreamContext<R> {
  readonly lifecycle: Lifecycle<R>;
  readonly retry: RetryPolicy;
  /** Of the store: shared by all streams of one client. */
  readonly limiter: RequestLimiter;
  /** The SDK and its client, loaded at the first call. */
  readonly connect: () => Promise<S3Requests>;
}

export interface S3Work {
  /** Snake case: `get_object`. */
  readonly operation: string;
  /** Undefined where there are several. */
  readonly bucket: string | undefined;
  readonly key?: string | undefined;
  /** The call says how to encrypt, so that the profile's customer key is not for it. */
  readonly withoutCustomerKey?: boolean;
  /** Of the wait for a commit's answer, for the larger of first parts. */
  readonly commitTimeout?: Duration | undefined;
}

const isOurs = (client: object | undefined): client is S3Client =>
  client !== undefined && clientProfiles.behind(client) !== undefined;

/** The settings of a stream's profile and call. */
export function streamProfile(options: S3StreamOptions): S3Profile {
  const { profile = 'default', config, client } = options;
  return clientProfiles.of(options)?.use() ?? s3Profile(profile, config, client !== undefined);
}

/** Starts the stream's clock, which listens to the signal: everything that can be refused has been checked before. */
export function s3StreamContext<R>(options: S3StreamOptions, source: S3Profile, work: S3Work): S3StreamContext<R> {
  const { client: given, signal, timeout, cleanupTimeout } = options;
  const client = isOurs(given) ? undefined : given;
  const profile = isOurs(given) ? given.profile : (options.profile ?? 'default');
  const { operation, bucket, key, commitTimeout, withoutCustomerKey = false } = work;
  const server = client === undefined ? configuredServer(source) : {};
  const retry = retryPolicy(options.retry, source.settings.retries.attempts);
  const attributes = { ...objectAttributes(bucket, key), ...server };
  const lifecycle = new Lifecycle<R>(
    { connector: 's3', operation, profile, attributes, describe: describeS3Error },
    { signal, timeout, cleanupTimeout, commitTimeout },
  );
  const connect = connection(source, lifecycle.operation, { client, server, withoutCustomerKey });
  return { lifecycle, retry, limiter: limiterFor(source, client), connect };
}

/** Parts, parallel requests and memory: the call's, else the profile's. */
export function windowSize(
  options: Partial<Record<keyof WindowSize, number | undefined>>,
  { transfer }: S3Config,
): WindowSize {
  return windowOf(options, transfer, 's3');
}
