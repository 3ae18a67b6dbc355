/**
 * Who requests are made as: a shared key, a shared access signature, or tokens of an identity. A profile without any of
 * them asks the default chain; there are no requests without a credential.
 */
import { access, constants } from 'node:fs/promises';
import type * as Identity from '@azure/identity';
import { cutRequests } from '../../core/cut-requests.ts';
import { attempt } from '../../core/deadline.ts';
import { wordOf } from '../../core/foreign.ts';
import { importPackage } from '../../core/optional-package.ts';
import { safeCause } from '../../core/safe-cause.ts';
import { connectorError } from '../../errors.ts';
import { accountUrlOf } from './config.ts';
import type { Adls2Config, Adls2Profile } from './config.ts';
import { parseConnectionString } from './connection-string.ts';
import { classifyAdlsError } from './errors.ts';
import { Tokens } from './tokens.ts';
import type { SureTokenSource, TokenSource } from './tokens.ts';

/** The credential of a profile, and the account that it is for. */
export type AccountCredential = { readonly url: string } & (
  | { readonly kind: 'key'; readonly accountName: string; readonly accountKey: string }
  | { readonly kind: 'sas'; readonly sasToken: string }
  | { readonly kind: 'token'; readonly tokens: Tokens }
);

/**
 * @throws ConfigError `PACKAGE_MISSING` for tokens without `@azure/identity`; `CONFIG_INVALID` for a connection string
 * without account or credential, and for a key whose account is not named.
 */
export async function credentialOf(profile: Adls2Profile, config: Adls2Config): Promise<AccountCredential> {
  const { connectionString, accountKey, sasToken, workloadIdentity } = config;
  if (connectionString !== undefined) {
    const parsed = parseConnectionString(connectionString);
    return 'accountKey' in parsed ? { kind: 'key', ...parsed } : { kind: 'sas', ...parsed };
  }
  const url = accountUrlOf(config) ?? '';
  if (accountKey !== undefined) return { kind: 'key', url, accountName: signerOf(config, url), accountKey };
  if (sasToken !== undefined) return { kind: 'sas', url, sasToken };
  const identity = await importPackage(() => import('@azure/identity'), packagesFor(profile));
  try {
    const identify = () => boundedTokens(identitySource(identity, profile, config), config);
    return { kind: 'token', url, tokens: new Tokens(identify) };
  } catch (error) {
    const kind = workloadIdentity === undefined ? 'the identity' : 'workloadIdentity';
    const message = `${kind} needs more than the settings and the environment (AZURE_*) say`;
    throw connectorError('CONFIG_INVALID', message, {
      ...{ connector: 'adls2', stage: 'configure', cause: safeCause(error, { message }) },
    });
  }
}

/** What has to be installed, all at once: the package of identities only where tokens are wanted. */
export function packagesFor({ settings, references }: Adls2Profile): string[] {
  const hasOwn = (['connectionString', 'accountKey', 'sasToken'] as const).some(
    (name) => settings[name] !== undefined || references.includes(name),
  );
  return hasOwn ? [SDK] : [SDK, IDENTITY];
}

const SDK = '@azure/storage-file-datalake';
const IDENTITY = '@azure/identity';

/** The account that a key signs for: `<account>.dfs...`, or the first segment of the path at an address. */
function signerOf({ accountName }: Adls2Config, url: string): string {
  const { hostname, pathname } = new URL(url);
  const named = accountName ?? /^([a-z0-9]+)\.(?:dfs|blob)\./.exec(hostname)?.[1] ?? /^\/([^/]+)/.exec(pathname)?.[1];
  if (named !== undefined) return named;
  throw connectorError('CONFIG_INVALID', 'accountKey needs accountName: accountUrl does not name the account', {
    connector: 'adls2',
    stage: 'configure',
  });
}

/** Repeating is the business of our own policy, which repeats the request that wanted the token. */
const ONCE = { retryOptions: { maxRetries: 0 } };

function identitySource(identity: typeof Identity, profile: Adls2Profile, config: Adls2Config): TokenSource {
  const { clientSecret, workloadIdentity, managedIdentity } = config;
  if (clientSecret !== undefined) return secretSource(identity, profile, clientSecret);
  if (workloadIdentity !== undefined) {
    const { tenantId, clientId, tokenFile, authorityHost } = workloadIdentity;
    const source = new identity.WorkloadIdentityCredential({
      ...ONCE,
      ...authorityOptions(authorityHost),
      ...(tenantId === undefined ? {} : { tenantId }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(tokenFile === undefined ? {} : { tokenFilePath: tokenFile }),
    });
    return tokenFile === undefined ? source : withReadable(tokenFile, source);
  }
  if (managedIdentity !== undefined) {
    const { clientId } = managedIdentity;
    return new identity.ManagedIdentityCredential({ ...ONCE, ...(clientId === undefined ? {} : { clientId }) });
  }
  return new identity.DefaultAzureCredential(ONCE);
}

/** The SDK would say that the identity is not available, and not why. */
function withReadable(file: string, source: TokenSource): TokenSource {
  return {
    getToken: async (scopes, options) => {
      await access(file, constants.R_OK).catch((error: unknown) => {
        const reason = wordOf(error, 'code') ?? 'unknown';
        const message = `workloadIdentity.tokenFile cannot be read: ${reason}`;
        throw connectorError('CONFIG_INVALID', message, { connector: 'adls2' });
      });
      return source.getToken(scopes, options);
    },
  };
}

type ClientSecret = NonNullable<Adls2Config['clientSecret']>;

/** A service principal's; where its secret is a reference, that is looked up anew for each token. */
function secretSource(identity: typeof Identity, profile: Adls2Profile, given: ClientSecret): TokenSource {
  const make = ({ tenantId, clientId, clientSecret, authorityHost }: ClientSecret): TokenSource =>
    new identity.ClientSecretCredential(tenantId, clientId, clientSecret, {
      ...ONCE,
      ...authorityOptions(authorityHost),
    });
  const isReference = profile.references.some((path) => path.startsWith('clientSecret.'));
  if (!isReference) return make(given);
  return {
    getToken: async (scopes, options) => {
      const { clientSecret: now } = await profile.reveal();
      if (now === undefined) throw connectorError('CONFIG_INVALID', 'the profile holds no clientSecret any more');
      return make(now).getToken(scopes, options);
    },
  };
}

/** The clouds of Microsoft are known to the SDK; for any other authority it would ask the public one, and fail. */
function authorityOptions(authorityHost: string | undefined): object {
  if (authorityHost === undefined) return {};
  const isKnown = /(?:^|\.)(?:microsoftonline\.(?:com|us|cn|de)|chinacloudapi\.cn)$/.test(
    new URL(authorityHost).hostname,
  );
  return { authorityHost, ...(isKnown ? {} : { disableInstanceDiscovery: true }) };
}

/**
 * Tokens within a time of their own: one is asked for by all requests that wait, so none of their signals may end it,
 * and one that never came would hold up every later request as well.
 */
function boundedTokens(source: TokenSource, { timeouts }: Adls2Config): SureTokenSource {
  const ms = timeouts.read;
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `there was no token in ${Math.round(ms)} ms` } as const;
  // Not every identity passes the signal on, and a request that is never answered would hold the process open.
  const ask = (scope: string) => (abortSignal: AbortSignal) =>
    cutRequests(() => source.getToken(scope, { abortSignal }), abortSignal);
  return {
    getToken: async (scope) => {
      try {
        const token = await attempt(ask(scope), { timeout });
        if (token !== null) return token;
      } catch (error) {
        throw classifyAdlsError(error);
      }
      throw connectorError('AUTH_FAILED', 'the identity gave no token', { connector: 'adls2' });
    },
  };
}
