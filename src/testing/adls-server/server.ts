/** An Azure Data Lake Storage Gen2 account in memory, on loopback, that verifies who asks and fails on demand. */
import { createServerCertificate } from '../postgres/self-signed-certificate.ts';
import { startStoreServer } from '../store-server/store-server.ts';
import type { StoreServer, StoreServerOptions } from '../store-server/store-server.ts';
import type { Settings } from './context.ts';
import { createEtags } from './etags.ts';
import { resolveLimits } from './limits.ts';
import type { AdlsLimits } from './limits.ts';
import type { AdlsRequest } from './request.ts';
import { isOperation } from './routes.ts';
import { createSeeding } from './seeding.ts';
import type { AdlsSeeding } from './seeding.ts';
import { adlsService } from './service.ts';

/** Everything is optional. */
export interface AdlsServerOptions extends StoreServerOptions {
  /** Default `devstoreaccount1`. No container may be called like it. */
  readonly accountName?: string | undefined;
  /** In base64. */
  readonly accountKey?: string | undefined;
  /** Bearer tokens that are good; they are taken over TLS alone. */
  readonly tokens?: readonly string[] | undefined;
  /** Encrypts connections, with a new certificate of a new authority (`ca`). Default false. */
  readonly tls?: boolean | undefined;
  /** Default true. Without, names are flat: no directories but those that are made, no access control. */
  readonly hierarchicalNamespace?: boolean | undefined;
  /** Begins each listing of paths with a page that is empty and has a next one, as Azure may. Default false. */
  readonly emptyPages?: boolean | undefined;
  /** Default: those of Azure. */
  readonly limits?: Partial<AdlsLimits> | undefined;
  /** Created at the start. */
  readonly containers?: readonly string[] | undefined;
  /** The server's clock. */
  readonly now?: (() => Date) | undefined;
}

/** A running server. */
export interface AdlsServer extends AdlsSeeding, StoreServer<AdlsRequest> {
  /** `http://127.0.0.1:port/account`, for the DFS and the blob side alike. */
  readonly endpoint: string;
  /** With the account key, for `DataLakeServiceClient.fromConnectionString`. */
  readonly connectionString: string;
  readonly accountName: string;
  readonly accountKey: string;
  /** What a client has to trust, in PEM; undefined without TLS. */
  readonly ca: string | undefined;
  /** Accepts another account key, in base64, from now on. */
  addAccountKey(key: string): void;
  /** Refuses what is signed with this key from now on. */
  revokeAccountKey(key: string): void;
  /** Accepts another bearer token from now on. */
  addToken(token: string): void;
  /** Refuses this token as expired from now on. */
  expireToken(token: string): void;
}

const DEFAULT_KEY = Buffer.from('sluice testing account key').toString('base64');

/**
 * Starts a server that the unmodified SDK (`@azure/storage-file-datalake`) takes for an account of Azure Data Lake
 * Storage Gen2. It keeps everything in memory and listens on 127.0.0.1.
 *
 * @throws TypeError or RangeError for a limit that is unknown or no whole number; the system's error when the port is
 * taken.
 */
export async function startAdlsServer(options: AdlsServerOptions = {}): Promise<AdlsServer> {
  const { accountName = 'devstoreaccount1', accountKey = DEFAULT_KEY } = options;
  const settings = settingsOf(options, accountName, accountKey);
  const { keys, tokens, expiredTokens } = settings.authority;
  const seeding = createSeeding(settings);
  for (const container of options.containers ?? []) seeding.createContainer(container);
  const certificate = options.tls === true ? createServerCertificate() : undefined;
  const server = await startStoreServer(adlsService(settings), isOperation, options, certificate);
  const protocol = certificate === undefined ? 'http' : 'https';
  const endpoint = `${protocol}://127.0.0.1:${server.port}/${accountName}`;
  return {
    ...seeding,
    ...server,
    endpoint,
    connectionString: `DefaultEndpointsProtocol=${protocol};AccountName=${accountName};AccountKey=${accountKey};BlobEndpoint=${endpoint};DfsEndpoint=${endpoint};`,
    accountName,
    accountKey,
    ca: certificate?.ca,
    addAccountKey: (key) => void keys.add(key),
    revokeAccountKey: (key) => void keys.delete(key),
    addToken: (token) => void tokens.add(token),
    expireToken: (token) => void expiredTokens.add(token),
  };
}

function settingsOf(options: AdlsServerOptions, account: string, key: string): Settings {
  const now = options.now ?? (() => new Date());
  return {
    containers: new Map(),
    limits: resolveLimits(options.limits),
    authority: { account, keys: new Set([key]), tokens: new Set(options.tokens), expiredTokens: new Set(), now },
    hierarchicalNamespace: options.hierarchicalNamespace ?? true,
    emptyPages: options.emptyPages ?? false,
    now,
    newEtag: createEtags(),
  };
}
