/** The settings of an S3 profile: one schema for defaults, environment and call. */
import * as v from 'valibot';
import { OPEN_HTTP, endpoint, isOpenHttp } from '../../config/endpoint.ts';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { encryptionSettings } from './encryption.ts';
import { S3_PRESET_NAMES, s3Presets } from './presets.ts';
import { boolean, duration, integer, meaning, secret, size, text } from '../../config/schema.ts';

const MIB = 1024 * 1024;

/** The one schema of S3: settings, their defaults and the page of the reference. */
export const s3Schema = v.pipe(
  v.object({
    preset: meaning(
      'Named defaults for a store, beneath all other settings ([which](../guide/configuration.md#stores-other-than-aws)).',
      v.optional(v.picklist(S3_PRESET_NAMES, `expected one of ${S3_PRESET_NAMES.join(', ')}`)),
    ),
    region: meaning(
      "Default: the SDK's own search (environment, shared config); `us-east-1` with an `endpointUrl`.",
      v.optional(text()),
    ),
    endpointUrl: meaning(
      'Of a store other than AWS. `http://` to anything but loopback needs `allowHttp`.',
      v.optional(endpoint()),
    ),
    allowHttp: v.optional(boolean(), false),
    credentials: v.optional(
      v.object({ accessKeyId: text(), secretAccessKey: secret(), sessionToken: v.optional(secret()) }),
    ),
    webIdentity: v.optional(
      v.object({
        roleArn: meaning('The role that the token stands for.', text()),
        tokenFile: meaning('Path of the OpenID Connect token, read anew for each session.', text()),
        sessionName: v.optional(text(), 'sluice'),
        endpointUrl: stsEndpoint(),
      }),
    ),
    assumeRole: v.optional(
      v.object({
        roleArn: meaning('Assumed with `credentials`, `webIdentity` or the default chain.', text()),
        sessionName: v.optional(text(), 'sluice'),
        externalId: v.optional(text()),
        duration: meaning(
          'Of a session; the next one begins in time.',
          v.optional(duration('assumeRole.duration'), 3_600_000),
        ),
        endpointUrl: stsEndpoint(),
      }),
    ),
    useDefaultCredentials: meaning(
      "Without `credentials`: ask the SDK's default chain (environment, shared config, SSO, container, instance).",
      v.optional(boolean(), true),
    ),
    addressingStyle: meaning(
      "`auto`: path style for an `endpointUrl`, else virtual-host style wherever the bucket's name allows it.",
      v.optional(v.picklist(['auto', 'path', 'virtual']), 'auto'),
    ),
    retries: v.optional(
      v.object({
        attempts: meaning('Tries of one request, the first one included.', v.optional(integer(1, 100), 5)),
        mode: meaning(
          '`standard`: jittered pauses, and fewer requests at once for a store that asks for fewer; `adaptive`: fewer per second as well.',
          v.optional(v.picklist(['standard', 'adaptive']), 'standard'),
        ),
      }),
      {},
    ),
    transfer: v.optional(
      v.object({
        partSize: v.optional(size('transfer.partSize'), 8 * MIB),
        multipartThreshold: meaning(
          'Up to so many bytes go as one PutObject. Default: one part, and no more with `equalParts`.',
          v.optional(size('transfer.multipartThreshold')),
        ),
        concurrency: meaning('Parts under way at a time.', v.optional(integer(1, 1_000), 10)),
        checksum: meaning(
          'Of the parts and the whole; `crc32-composite`: of the parts alone; `none`: none is sent or asked for.',
          v.optional(v.picklist(['crc32', 'crc32-composite', 'none']), 'crc32'),
        ),
        equalParts: meaning(
          'All parts but the last of `partSize`, or as `expectedBytes` needs: they do not grow.',
          v.optional(boolean(), false),
        ),
        conditionalWrites: meaning(
          '`false` refuses `ifNoneMatch`, for stores that would refuse or ignore it.',
          v.optional(boolean(), true),
        ),
      }),
      {},
    ),
    encryption: v.optional(encryptionSettings),
    timeouts: v.optional(
      v.object({
        connect: meaning('TCP and TLS.', v.optional(duration('timeouts.connect'), 5_000)),
        credentials: meaning(
          'Finding credentials, or renewing them: secrets, token service, container, instance.',
          v.optional(duration('timeouts.credentials'), 10_000),
        ),
        read: meaning('Until an answer begins, and between its bytes.', v.optional(duration('timeouts.read'), 60_000)),
        total: meaning('A whole call that is no stream.', v.optional(duration('timeouts.total'), 120_000)),
      }),
      {},
    ),
  }),
  v.forward(
    v.check(
      ({ endpointUrl, allowHttp }) => endpointUrl === undefined || allowHttp || !isOpenHttp(endpointUrl),
      OPEN_HTTP,
    ),
    ['endpointUrl'],
  ),
  v.forward(
    v.check(
      ({ endpointUrl, encryption }) =>
        endpointUrl === undefined || encryption?.customerKey === undefined || !isOpenHttp(endpointUrl),
      'a customerKey is not sent over http://, allowHttp or not',
    ),
    ['encryption'],
  ),
  v.forward(
    v.check(
      ({ credentials, webIdentity, useDefaultCredentials }) =>
        credentials !== undefined || webIdentity !== undefined || useDefaultCredentials,
      'needed when useDefaultCredentials is false',
    ),
    ['credentials'],
  ),
  v.forward(
    v.check(
      ({ credentials, webIdentity }) => credentials === undefined || webIdentity === undefined,
      'stands for other credentials; set one of both',
    ),
    ['webIdentity'],
  ),
);

/** What a profile, or a call's `config`, may set. */
export type S3Settings = v.InferInput<typeof s3Schema>;

/** Complete and checked; sizes in bytes, durations in milliseconds. */
export type S3Config = v.InferOutput<typeof s3Schema>;

export type S3Profile = Profile<S3Config>;

/**
 * The settings of `profile`: defaults < preset < config file < `AUTO_WORKFLOW_CONNECTORS_S3_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every setting that is unknown, missing or malformed, and no secret.
 */
export function s3Profile(profile: string, overrides?: S3Settings, isLabel = false): S3Profile {
  return resolveProfile(s3Schema, { connector: 's3', profile, overrides, isLabel, presets: s3Presets });
}

/** The host that requests go to, for telemetry; undefined while only the SDK or a secret knows. */
export function serverAddress({ settings, references }: S3Profile): string | undefined {
  const { endpointUrl, region } = settings;
  if (references.includes('endpointUrl')) return undefined;
  if (endpointUrl !== undefined) return new URL(endpointUrl).hostname;
  return region === undefined ? undefined : `s3.${region}.${domainOf(region)}`;
}

/** Partitions of AWS with a domain of their own, as the SDK's endpoint rules have them (a test compares). */
const DOMAINS: readonly (readonly [region: RegExp, domain: string])[] = [
  [/^cn-/, 'amazonaws.com.cn'],
  [/^eusc-/, 'amazonaws.eu'],
  [/^us-iso-/, 'c2s.ic.gov'],
  [/^us-isob-/, 'sc2s.sgov.gov'],
  [/^eu-isoe-/, 'cloud.adc-e.uk'],
  [/^us-isof-/, 'csp.hci.ic.gov'],
];

function domainOf(region: string): string {
  return DOMAINS.find(([regions]) => regions.test(region))?.[1] ?? 'amazonaws.com';
}

/** A function declaration: the schema above is made before what follows it. */
function stsEndpoint() {
  return meaning('Of the token service; default: that of the region.', v.optional(endpoint()));
}
