/** The settings of an ADLS Gen2 profile: one schema for defaults, environment and call. */
import * as v from 'valibot';
import { OPEN_HTTP, endpoint, isOpenHttp } from '../../config/endpoint.ts';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { boolean, duration, integer, meaning, secret, size, text } from '../../config/schema.ts';
import { connectorError } from '../../errors.ts';

const MIB = 1024 * 1024;

/** Of which a profile has one, or none for the default chain. */
const CREDENTIALS = [
  'connectionString',
  'accountKey',
  'sasToken',
  'clientSecret',
  'workloadIdentity',
  'managedIdentity',
] as const;

/** The one schema of ADLS Gen2: settings, their defaults and the page of the reference. */
export const adls2Schema = v.pipe(
  v.object({
    accountUrl: meaning(
      '`https://<account>.dfs.core.windows.net`, or that of another cloud or endpoint. `http://` to anything but loopback needs `allowHttp`.',
      v.optional(endpoint()),
    ),
    accountName: meaning(
      'Without `accountUrl`: the account in the public cloud. With it: who signs with `accountKey`, where the URL does not name the account.',
      v.optional(v.pipe(text(), v.regex(/^[a-z0-9]{3,24}$/, 'expected 3 to 24 lower-case letters and digits'))),
    ),
    allowHttp: v.optional(boolean(), false),
    connectionString: meaning(
      'Of the account, with its key or a shared access signature; stands for `accountUrl` as well.',
      v.optional(secret()),
    ),
    accountKey: meaning('Shared key, in base64.', v.optional(v.pipe(secret(), v.check(isBase64, 'expected base64')))),
    sasToken: meaning(
      'Shared access signature, with or without its `?`.',
      v.optional(v.pipe(secret(), v.check(isSigned, 'expected a shared access signature, which has a `sig`'))),
    ),
    clientSecret: v.optional(
      v.object({
        tenantId: meaning('Of the service principal.', text()),
        clientId: text(),
        clientSecret: v.pipe(secret(), v.nonEmpty('expected a text that is not empty')),
        authorityHost: authority(),
      }),
    ),
    workloadIdentity: v.optional(
      v.object({
        tenantId: meaning('Default: `AZURE_TENANT_ID`.', v.optional(text())),
        clientId: meaning('Default: `AZURE_CLIENT_ID`.', v.optional(text())),
        tokenFile: meaning('Path of the federated token. Default: `AZURE_FEDERATED_TOKEN_FILE`.', v.optional(text())),
        authorityHost: authority(),
      }),
    ),
    managedIdentity: v.optional(
      v.object({ clientId: meaning('Of a user-assigned identity. Default: that of the system.', v.optional(text())) }),
    ),
    useDefaultCredentials: meaning(
      "Without any of these: `DefaultAzureCredential`, the SDK's chain (environment, workload and managed identity, developer tools).",
      v.optional(boolean(), true),
    ),
    retries: v.optional(
      v.object({ attempts: meaning('Tries of one request, the first one included.', v.optional(integer(1, 100), 5)) }),
      {},
    ),
    transfer: v.optional(
      v.object({
        partSize: v.optional(size('transfer.partSize'), 4 * MIB),
        concurrency: meaning('Parts under way at a time.', v.optional(integer(1, 1_000), 8)),
      }),
      {},
    ),
    timeouts: v.optional(
      v.object({
        connect: meaning('TCP and TLS.', v.optional(duration('timeouts.connect'), 5_000)),
        read: meaning(
          'Until an answer begins, and between its bytes; until a token is there.',
          v.optional(duration('timeouts.read'), 60_000),
        ),
        operation: meaning('A whole call that is no stream.', v.optional(duration('timeouts.operation'), 60_000)),
      }),
      {},
    ),
  }),
  v.forward(
    v.check(({ accountUrl, allowHttp }) => accountUrl === undefined || allowHttp || !isOpenHttp(accountUrl), OPEN_HTTP),
    ['accountUrl'],
  ),
  v.forward(
    v.check(
      ({ connectionString, accountUrl, accountName }) =>
        connectionString === undefined || (accountUrl ?? accountName) === undefined,
      'names the account itself; set neither accountUrl nor accountName with it',
    ),
    ['connectionString'],
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const input = dataset.value;
    const [first, ...more] = CREDENTIALS.filter((name) => input[name] !== undefined);
    for (const key of more) {
      addIssue({
        message: `stands for other credentials than ${first}; set one of both`,
        path: [{ type: 'object', origin: 'value', input, key, value: input[key] }],
      });
    }
  }),
);

/** What a profile, or a call's `config`, may set. */
export type Adls2Settings = v.InferInput<typeof adls2Schema>;

/** Complete and checked; sizes in bytes, durations in milliseconds. */
export type Adls2Config = v.InferOutput<typeof adls2Schema>;

export type Adls2Profile = Profile<Adls2Config>;

/**
 * The settings of `profile`: defaults < config file < `AUTO_WORKFLOW_CONNECTORS_ADLS2_<PROFILE>__...` < `overrides`.
 * `isLabel` for a client that was handed in, which has its account and credentials already.
 *
 * @throws ConfigError `CONFIG_INVALID` naming every setting that is unknown, missing or malformed, and no secret.
 */
export function adls2Profile(profile: string, overrides?: Adls2Settings, isLabel = false): Adls2Profile {
  const resolved = resolveProfile(adls2Schema, { connector: 'adls2', profile, overrides, isLabel });
  const missing = isLabel ? undefined : missingIn(resolved);
  if (missing === undefined) return resolved;
  const about = { connector: 'adls2', profile, stage: 'configure' };
  throw connectorError('CONFIG_INVALID', `profile '${profile}' of adls2: ${missing}`, about);
}

/** The account's URL, unless a connection string names it. */
export function accountUrlOf({ accountUrl, accountName }: Adls2Config): string | undefined {
  return accountUrl ?? (accountName === undefined ? undefined : `https://${accountName}.dfs.core.windows.net`);
}

/** The host that requests go to, for telemetry; undefined while only a secret knows. */
export function serverAddress({ settings, references }: Adls2Profile): string | undefined {
  if (references.includes('accountUrl') || references.includes('accountName')) return undefined;
  const url = accountUrlOf(settings);
  return url === undefined ? undefined : new URL(url).hostname;
}

/** What only the whole profile can tell, its references to secrets included: those are no settings yet. */
function missingIn({ settings, references }: Adls2Profile): string | undefined {
  const isSet = (name: keyof Adls2Config): boolean =>
    settings[name] !== undefined || references.some((path) => path === name || path.startsWith(`${name}.`));
  if (!isSet('accountUrl') && !isSet('accountName') && !isSet('connectionString')) {
    return 'accountUrl: is missing, and neither accountName nor connectionString names the account';
  }
  if (settings.useDefaultCredentials || CREDENTIALS.some(isSet)) return undefined;
  return `useDefaultCredentials: is false, and none of ${CREDENTIALS.join(', ')} is set`;
}

/** A function declaration: the schema above is made before what follows it. */
function authority() {
  return meaning(
    'Who gives tokens. Default: `AZURE_AUTHORITY_HOST`, else that of the public cloud.',
    v.optional(v.pipe(endpoint(), v.startsWith('https:', 'expected https://host'))),
  );
}

/** Whether it is a credential at all: without it, requests would be made as nobody. */
export function isSigned(sasToken: string): boolean {
  return (new URLSearchParams(sasToken).get('sig') ?? '') !== '';
}

function isBase64(key: string): boolean {
  return key.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(key);
}
