/** The settings of an S3 profile: one schema for defaults, environment and call. */
import * as v from 'valibot';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { boolean, duration, integer, secret, size, text } from '../../config/schema.ts';

const MIB = 1024 * 1024;

const schema = v.pipe(
  v.object({
    /** Default: the SDK's own search (environment, shared config); `us-east-1` with an `endpointUrl`. */
    region: v.optional(text()),
    /** Of a store other than AWS. `http://` to anything but loopback needs `allowHttp`. */
    endpointUrl: v.optional(
      v.pipe(text(), v.check(isEndpoint, 'expected http://host or https://host, without credentials')),
    ),
    allowHttp: v.optional(boolean(), false),
    credentials: v.optional(
      v.object({ accessKeyId: text(), secretAccessKey: secret(), sessionToken: v.optional(secret()) }),
    ),
    /** Without `credentials`: ask the SDK's default chain (environment, shared config, SSO, container, instance). */
    useDefaultCredentials: v.optional(boolean(), true),
    /** `auto`: path style for an `endpointUrl`, else virtual-host style wherever the bucket's name allows it. */
    addressingStyle: v.optional(v.picklist(['auto', 'path', 'virtual']), 'auto'),
    /** Tries of one request, the first one included. */
    retries: v.optional(v.object({ attempts: v.optional(integer(1, 100), 5) }), {}),
    transfer: v.optional(
      v.object({
        partSize: v.optional(size('transfer.partSize'), 8 * MIB),
        /** Up to so many bytes go as one PutObject. Default: one part. */
        multipartThreshold: v.optional(size('transfer.multipartThreshold')),
        concurrency: v.optional(integer(1, 1_000), 10),
      }),
      {},
    ),
    timeouts: v.optional(
      v.object({
        connect: v.optional(duration('timeouts.connect'), 5_000),
        /** Until an answer begins, and between its bytes. */
        read: v.optional(duration('timeouts.read'), 60_000),
        /** A whole call that is no stream. */
        total: v.optional(duration('timeouts.total'), 120_000),
      }),
      {},
    ),
  }),
  v.forward(
    v.check(
      ({ endpointUrl, allowHttp }) => endpointUrl === undefined || allowHttp || !isOpenHttp(endpointUrl),
      'http:// to anything but loopback needs allowHttp: true',
    ),
    ['endpointUrl'],
  ),
  v.forward(
    v.check(
      ({ credentials, useDefaultCredentials }) => credentials !== undefined || useDefaultCredentials,
      'needed when useDefaultCredentials is false',
    ),
    ['credentials'],
  ),
);

/** What a profile, or a call's `config`, may set. */
export type S3Settings = v.InferInput<typeof schema>;

/** Complete and checked; sizes in bytes, durations in milliseconds. */
export type S3Config = v.InferOutput<typeof schema>;

export type S3Profile = Profile<S3Config>;

/**
 * The settings of `profile`: defaults < config file < `AUTO_WORKFLOW_CONNECTORS_S3_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every setting that is unknown, missing or malformed, and no secret.
 */
export function s3Profile(profile: string, overrides?: S3Settings, isLabel = false): S3Profile {
  return resolveProfile(schema, { connector: 's3', profile, overrides, isLabel });
}

/** The host that requests go to, for telemetry; undefined while only the SDK or a secret knows. */
export function serverAddress({ settings, references }: S3Profile): string | undefined {
  const { endpointUrl, region } = settings;
  if (references.includes('endpointUrl')) return undefined;
  if (endpointUrl !== undefined) return new URL(endpointUrl).hostname;
  return region === undefined ? undefined : `s3.${region}.amazonaws.com`;
}

function isEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}

function isOpenHttp(endpointUrl: string): boolean {
  if (!isEndpoint(endpointUrl)) return false;
  const { protocol, hostname } = new URL(endpointUrl);
  return protocol === 'http:' && !/^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}
