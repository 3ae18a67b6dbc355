/** Who requests are signed as: fixed keys, a web identity, a role assumed with either, or the SDK's own search. */
import { readFile } from 'node:fs/promises';
import type * as Providers from '@aws-sdk/credential-providers';
import { importPackage } from '../../core/optional-package.ts';
import { connectorError } from '../../errors.ts';
import { askedWithin } from './asked-credentials.ts';
import type { S3Config, S3Profile } from './config.ts';

export interface Identity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** The SDK asks again five minutes before. */
  readonly expiration?: Date;
}

/** Keys, or what the SDK asks for them. */
export type CredentialSource = Identity | (() => Promise<Identity>);

/** A secret that was rotated is in use in five minutes. */
const SECRETS_LIVE_MS = 10 * 60_000;

/**
 * @param search - The SDK's own search for credentials, made anew.
 * @throws ConfigError `PACKAGE_MISSING` for a role or a web identity without `@aws-sdk/credential-providers`.
 */
export async function credentialsOf(
  profile: S3Profile,
  config: S3Config,
  search: () => () => Promise<Identity>,
): Promise<CredentialSource> {
  const { assumeRole, webIdentity, timeouts } = config;
  const fixed = fixedKeys(profile, config);
  if (assumeRole === undefined && webIdentity === undefined) {
    return typeof fixed === 'object' ? fixed : askedWithin(timeouts.credentials, () => fixed ?? search());
  }
  const packages = ['@aws-sdk/credential-providers'];
  const providers = await importPackage(() => import('@aws-sdk/credential-providers'), packages);
  return askedWithin(timeouts.credentials, () => session(providers, config, () => fixed ?? search()));
}

/** A session of the token service. */
function session(
  providers: typeof Providers,
  { assumeRole, webIdentity, region }: S3Config,
  own: () => CredentialSource,
): () => Promise<Identity> {
  const clientConfig = (endpoint: string | undefined) => ({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }),
    // Repeating is the business of our own policy, which repeats the request that wanted the credentials.
    maxAttempts: 1,
  });
  const identified = (): CredentialSource => {
    if (webIdentity === undefined) return own();
    const { roleArn, sessionName: roleSessionName, tokenFile, endpointUrl } = webIdentity;
    return withToken(tokenFile, (webIdentityToken) =>
      providers.fromWebToken({
        ...{ roleArn, roleSessionName, webIdentityToken },
        clientConfig: clientConfig(endpointUrl),
      })(),
    );
  };
  const base = identified();
  if (assumeRole === undefined) return typeof base === 'function' ? base : () => Promise.resolve(base);
  const { roleArn, sessionName, externalId, duration, endpointUrl } = assumeRole;
  return providers.fromTemporaryCredentials({
    params: {
      ...{ RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: Math.ceil(duration / 1_000) },
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    masterCredentials: base,
    clientConfig: clientConfig(endpointUrl),
  });
}

/** Reads the token whenever a session is wanted: whoever issues it replaces the file. */
function withToken(file: string, begin: (token: string) => Promise<Identity>): () => Promise<Identity> {
  return async () => {
    const token = await readFile(file, 'utf8').catch((error: unknown) => {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw connectorError('CONFIG_INVALID', `webIdentity.tokenFile cannot be read: ${reason}`, { connector: 's3' });
    });
    return begin(token.trim());
  };
}

/** The keys of the profile; where they are secrets, they are looked up anew. */
function fixedKeys({ references, reveal }: S3Profile, { credentials }: S3Config): CredentialSource | undefined {
  if (credentials === undefined) return undefined;
  if (!references.some((path) => path.startsWith('credentials'))) return identity(credentials);
  return async () => {
    const { credentials: now } = await reveal();
    if (now === undefined) throw connectorError('CONFIG_INVALID', 'the profile holds no credentials any more');
    return { ...identity(now), expiration: new Date(Date.now() + SECRETS_LIVE_MS) };
  };
}

function identity({ accessKeyId, secretAccessKey, sessionToken }: NonNullable<S3Config['credentials']>): Identity {
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
