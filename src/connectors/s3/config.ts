/** The settings of an S3 profile: one schema for defaults, environment and call. */
import { z } from 'zod';
import { resolveConfig } from '../../config/resolve.ts';
import { boolean, duration, integer, secret, size, text } from '../../config/schema.ts';

const MIB = 1024 * 1024;

const schema = z
  .strictObject({
    /** Default: the SDK's own search (environment, shared config); `us-east-1` with an `endpointUrl`. */
    region: text().optional(),
    /** Of a store other than AWS. `http://` to anything but loopback needs `allowHttp`. */
    endpointUrl: text().refine(isEndpoint, 'expected http://host or https://host, without credentials').optional(),
    allowHttp: boolean().default(false),
    credentials: z
      .strictObject({ accessKeyId: text(), secretAccessKey: secret(), sessionToken: secret().optional() })
      .optional(),
    /** Without `credentials`: ask the SDK's default chain (environment, shared config, SSO, container, instance). */
    useDefaultCredentials: boolean().default(true),
    /** `auto`: path style for an `endpointUrl`, else virtual-host style wherever the bucket's name allows it. */
    addressingStyle: z.enum(['auto', 'path', 'virtual']).default('auto'),
    /** Tries of one request, the first one included. */
    retries: z.strictObject({ attempts: integer(1, 100).default(5) }).prefault({}),
    transfer: z
      .strictObject({
        partSize: size('transfer.partSize').default(8 * MIB),
        /** Up to so many bytes go as one PutObject. Default: one part. */
        multipartThreshold: size('transfer.multipartThreshold').optional(),
        concurrency: integer(1, 1_000).default(10),
      })
      .prefault({}),
    timeouts: z
      .strictObject({
        connect: duration('timeouts.connect').default(5_000),
        /** Until an answer begins, and between its bytes. */
        read: duration('timeouts.read').default(60_000),
        /** A whole call that is no stream. */
        total: duration('timeouts.total').default(120_000),
      })
      .prefault({}),
  })
  .superRefine((settings, context) => {
    const { endpointUrl, allowHttp, credentials, useDefaultCredentials } = settings;
    if (endpointUrl !== undefined && !allowHttp && isOpenHttp(endpointUrl)) {
      const message = 'http:// to anything but loopback needs allowHttp: true';
      context.addIssue({ code: 'custom', path: ['endpointUrl'], message });
    }
    if (credentials === undefined && !useDefaultCredentials) {
      context.addIssue({
        code: 'custom',
        path: ['credentials'],
        message: 'needed when useDefaultCredentials is false',
      });
    }
  });

/** What a profile, or a call's `config`, may set. */
export type S3Settings = z.input<typeof schema>;

/** Complete and checked; sizes in bytes, durations in milliseconds. */
export type S3Config = z.output<typeof schema>;

/**
 * The complete settings of `profile`: defaults < `AUTO_WORKFLOW_CONNECTORS_S3_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every setting that is unknown, missing or malformed, and no value.
 */
export function s3Config(profile: string, overrides?: S3Settings): S3Config {
  return resolveConfig(schema, { connector: 's3', profile, overrides });
}

/** The host that requests go to, for telemetry; undefined while only the SDK knows. */
export function serverAddress({ endpointUrl, region }: S3Config): string | undefined {
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
