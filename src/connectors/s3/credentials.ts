/** Who requests are signed as: fixed keys, a web identity, a role assumed with either, or the SDK's own search. */
import { readFile } from 'node:fs/promises';
import { importPackage } from '../../core/optional-package.ts';
import { connectorError } from '../../errors.ts';
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
 * Undefined for the SDK's own search.
 *
 * @throws ConfigError `PACKAGE_MISSING` for a role or a web identity without `@aws-sdk/credential-providers`.
 */
export async function credentialsOf(profile: S3Profile, config: S3Config): Promise<CredentialSource | undefined> {
  const { assumeRole, webIdentity, region } = config;
  const fixed = fixedKeys(profile, config);
  if (assumeRole === undefined && webIdentity === undefined) return fixed;
  const packages = ['@aws-sdk/credential-providers'];
  const providers = await importPackage(() => import('@aws-sdk/credential-providers'), packages);
  const clientConfig = (endpoint: string | undefined) => ({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? 'us-east-1' }),
    // Repeating is the business of our own policy, which repeats the request that wanted the credentials.
    maxAttempts: 1,
  });
  const base =
    webIdentity === undefined
      ? fixed
      : withToken(webIdentity.tokenFile, (webIdentityToken) =>
          providers.fromWebToken({
            ...{ roleArn: webIdentity.roleArn, roleSessionName: webIdentity.sessionName, webIdentityToken },
            clientConfig: clientConfig(webIdentity.endpointUrl),
          })(),
        );
  if (assumeRole === undefined) return base;
  const { roleArn, sessionName, externalId, duration, endpointUrl } = assumeRole;
  return providers.fromTemporaryCredentials({
    params: {
      ...{ RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds: Math.ceil(duration / 1_000) },
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    },
    ...(base === undefined ? {} : { masterCredentials: base }),
    clientConfig: clientConfig(endpointUrl),
  });
}

/** Reads the token whenever a session is wanted: whoever issues it replaces the file. */
function withToken(file: string, session: (token: string) => Promise<Identity>): () => Promise<Identity> {
  return async () => {
    const token = await readFile(file, 'utf8').catch((error: unknown) => {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
      throw connectorError('CONFIG_INVALID', `webIdentity.tokenFile cannot be read: ${reason}`, { connector: 's3' });
    });
    return session(token.trim());
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
