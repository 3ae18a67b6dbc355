/** The Azure SDK: loaded on first use, and one client per set of settings. */
import type * as Sdk from '@azure/storage-file-datalake';
import { OPEN_HTTP, isOpenHttp } from '../../config/endpoint.ts';
import { revealed } from '../../core/revealed.ts';
import { importPackage } from '../../core/optional-package.ts';
import type { RequestLimiter } from '../../core/request-limiter.ts';
import { connectorError } from '../../errors.ts';
import { agentsOf } from './agents.ts';
import type { Agents } from './agents.ts';
import { connections } from './client-cache.ts';
import type { Adls2Config, Adls2Profile } from './config.ts';
import { credentialOf, packagesFor } from './credentials.ts';
import type { AccountCredential } from './credentials.ts';
import type { NativeAdlsClient } from './native-client.ts';
import { boundedDocuments } from './reply-documents.ts';
import { AdlsRequests } from './requests.ts';
import { bearing } from './tokens.ts';

/**
 * The requests of one profile's settings, or of a client that was handed in.
 *
 * @throws ConfigError `PACKAGE_MISSING` without `@azure/storage-file-datalake`, or `@azure/identity` where tokens are wanted.
 */
export async function connectAdls(profile: Adls2Profile, client?: NativeAdlsClient): Promise<AdlsRequests> {
  return new AdlsRequests((client as Sdk.DataLakeServiceClient | undefined) ?? (await clientFor(profile)));
}

/** The Azure client of a profile. */
export async function nativeClient(profile: Adls2Profile): Promise<NativeAdlsClient> {
  return clientFor(profile);
}

/** What all streams over one client have in common, whether it is ours or was handed in. Loads nothing. */
export function limiterFor(profile: Adls2Profile, client?: NativeAdlsClient): RequestLimiter {
  return connections.limiter(client ?? profile.key, 'standard');
}

/** Keys and signatures that are secrets are looked up anew after this time; tokens look after themselves. */
const SECRETS_LIVE_MS = 5 * 60_000;

async function clientFor(profile: Adls2Profile): Promise<Sdk.DataLakeServiceClient> {
  const sdk = await importPackage(() => import('@azure/storage-file-datalake'), packagesFor(profile));
  const known = connections.known(profile.key);
  if (known !== undefined && performance.now() < known.renewAt) return known.client;
  const config = await revealed(profile, profile.settings.timeouts.operation);
  const credential = await credentialOf(profile, config);
  checkAddress(credential, config);
  const isRotated = profile.references.length > 0 && credential.kind !== 'token';
  const renewAt = isRotated ? performance.now() + SECRETS_LIVE_MS : Infinity;
  const made = (agents: Agents) => clientOf(sdk, credential, agents);
  const connection = connections.cached(profile.key, () => {
    const agents = agentsOf(config);
    return { agents, client: made(agents), renewAt, destroy: agents.destroy };
  });
  if (connection.renewAt < renewAt) Object.assign(connection, { client: made(connection.agents), renewAt });
  return connection.client;
}

function clientOf(sdk: typeof Sdk, credential: AccountCredential, agents: Agents): Sdk.DataLakeServiceClient {
  const { url, kind } = credential;
  const options = {
    retryOptions: { maxTries: 1 },
    // Another host would be sent a request that is signed for this one.
    redirectOptions: { maxRetries: 0 },
    agent: agents.to(url),
  };
  const pipeline = sdk.newPipeline(signerOf(sdk, credential), options);
  pipeline.factories.push(boundedDocuments);
  if (credential.kind === 'token') pipeline.factories.push(bearing(credential.tokens), BEARER);
  const signature = kind === 'sas' ? `?${credential.sasToken.replace(/^\?/, '')}` : '';
  return new sdk.DataLakeServiceClient(url + signature, pipeline);
}

/**
 * By it the SDK knows that tokens are used, and asks for recursive deletions in pages: in one request, the account may run
 * out of time over the rights of all that is in a directory. It takes no further part in requests.
 */
const BEARER = {
  create: (next: Sdk.RequestPolicy): Sdk.RequestPolicy => next,
  credential: { getToken: () => Promise.resolve(null) },
};

/** A shared access signature is in the URL, a token is added to each request, and nothing else is to be signed. */
function signerOf(sdk: typeof Sdk, credential: AccountCredential) {
  if (credential.kind !== 'key') return new sdk.AnonymousCredential();
  return new sdk.StorageSharedKeyCredential(credential.accountName, credential.accountKey);
}

/** Once more, as a connection string and a secret may hold an address as well. */
function checkAddress({ url, kind }: AccountCredential, { allowHttp, connectionString }: Adls2Config): void {
  const setting = connectionString === undefined ? 'accountUrl' : 'connectionString';
  const about = { connector: 'adls2', stage: 'configure' };
  if (!allowHttp && isOpenHttp(url)) throw connectorError('CONFIG_INVALID', `${setting}: ${OPEN_HTTP}`, about);
  if (kind === 'token' && url.startsWith('http:')) {
    throw connectorError('CONFIG_INVALID', `${setting}: tokens are sent over https alone`, about);
  }
}
