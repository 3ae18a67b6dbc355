/** node-postgres: the part of it that is used here, loaded on first use, and one pool per profile and settings. */
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { limitMs } from '../../core/duration.ts';
import { importPackage } from '../../core/optional-package.ts';
import type { PasswordProvider, PostgresConfig } from './config.ts';
import { tlsOptions } from './config.ts';
import { clientOfHosts } from './hosts-client.ts';
import { endPool } from './connection/ending.ts';
import type { Host } from './connection/hosts.ts';

export interface PgResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** The wire of a client. */
export interface PgConnection {
  readonly stream: Duplex;
  /** Sends a simple query. */
  query(text: string): void;
  sendCopyFail(message: string): void;
  once(event: 'readyForQuery', listener: (message: { readonly status: string }) => void): unknown;
}

/** The connection of a client. */
interface ClientConnection extends PgConnection {
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeAllListeners(): unknown;
}

/** The same for extended queries. */
export interface ExtendedConnection extends PgConnection {
  /** Gives a statement to the server; the empty name is the default of all three. */
  parse(config: { readonly text: string }): void;
  bind(config: object): void;
  describe(config: { readonly type: 'P' | 'S'; readonly name: string }): void;
  /** Asks for rows of a portal. */
  execute(config: { readonly portal?: string; readonly rows?: number }): void;
  /** Asks for what the server has to say. */
  flush(): void;
  /** Ends the query. */
  sync(): void;
}

/** What a client can be given to run. */
export interface Submittable {
  submit(connection: PgConnection): Error | null | undefined;
}

export interface PgQueryConfig {
  readonly text: string;
  readonly values: readonly unknown[];
  /** Asked for at a time. */
  readonly rows?: number;
  readonly rowMode?: 'array' | undefined;
  readonly types?: { getTypeParser(oid: number, format: 'text'): (text: string) => unknown };
  readonly queryMode: 'extended';
  readonly callback: (error: unknown, result?: PgResult | PgResult[]) => void;
}

/** node-postgres' own query, which makes values of what the server says. */
export interface PgQuery extends Submittable {
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: unknown): void;
  handleReadyForQuery(connection: unknown): void;
}

/** A `pg.Client` or `pg.PoolClient`. */
export interface PgClient {
  query(text: string): Promise<PgResult | PgResult[]>;
  query(text: string, values: readonly unknown[]): Promise<PgResult>;
  query<S extends { submit(connection: unknown): void }>(submittable: S): S;
  connect(): Promise<unknown>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'drain', listener: () => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'drain', listener: () => void): unknown;
  /** Only on clients that a pool gave. */
  release?: (destroy?: boolean) => void;
  getTransactionStatus?: () => string | null;
  /** What was set for this client, or for all of them. */
  getTypeParser(oid: number, format: 'text'): (text: string) => unknown;
  /** False while a query is under way; undefined before the first answer of the server. */
  readonly readyForQuery?: boolean;
  readonly connection: ClientConnection;
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  readonly password?: unknown;
  readonly ssl?: unknown;
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/** A `pg.Pool`. */
export interface PgPool {
  connect(): Promise<PgClient>;
  end(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  /** Of its connections. */
  readonly Client: PgClientClass;
  /** As they were given. */
  readonly options: {
    readonly max: number;
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
  };
}

export interface PgClientSettings {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: unknown;
  readonly database?: string | undefined;
  readonly ssl?: ConnectionOptions | boolean;
  readonly connectionTimeoutMillis?: number;
  readonly application_name?: string;
  readonly keepAlive?: boolean;
}

export type PgClientClass = new (settings: PgClientSettings) => PgClient;

interface Pg {
  readonly Query: new (config: PgQueryConfig) => PgQuery;
  readonly Client: PgClientClass;
  readonly Pool: new (settings: PgClientSettings & PoolSettings) => PgPool;
}

interface PoolSettings {
  readonly min: number;
  readonly max: number;
  readonly idleTimeoutMillis: number;
  readonly allowExitOnIdle: boolean;
  readonly Client: PgClientClass;
}

const PACKAGES = ['pg'];

export async function loadPg(): Promise<Pg> {
  const module = await importPackage(() => import('pg'), PACKAGES);
  return module.default as unknown as Pg;
}

const pools = new Map<string, Promise<PgPool>>();

export interface PoolSource {
  readonly config: PostgresConfig;
  /** Asked for every new connection; default: the configured password. */
  readonly password?: PasswordProvider | undefined;
}

/**
 * The pool for a key; `source` is asked where there is none. Idle connections do not hold the process open.
 */
export function poolFor(key: string, source: () => Promise<PoolSource>): Promise<PgPool> {
  let pool = pools.get(key);
  if (pool === undefined) {
    pool = source().then(makePool);
    pools.set(key, pool);
    pool.catch(() => pools.delete(key));
  }
  return pool;
}

/** Ends the pools of these settings. */
export async function closePoolsOf(key: string): Promise<void> {
  const open = [...pools].filter(([name]) => name.startsWith(`${key} `));
  for (const [name] of open) pools.delete(name);
  await Promise.allSettled(open.map(async ([, pool]) => endPool(await pool)));
}

/** Ends every pool made here; connections handed out end when they are given back. */
export async function closePools(): Promise<void> {
  const open = [...pools.values()];
  pools.clear();
  await Promise.allSettled(open.map(async (pool) => endPool(await pool)));
}

async function makePool({ config, password }: PoolSource): Promise<PgPool> {
  const { Client, Pool } = await loadPg();
  const settingsOf = (host: Host, settings: PgClientSettings): PgClientSettings => ({
    ...settings,
    ...hostSettings(host, config),
    // The pool hides the password from enumeration, and so from a spread.
    password: settings.password,
    // The pool's own would count the wait in its queue as well.
    connectionTimeoutMillis: limitMs(config.timeouts.connect),
  });
  const pool = new Pool({
    ...clientSettings(config),
    password: password ?? config.password,
    min: config.pool.minSize,
    max: config.pool.maxSize,
    idleTimeoutMillis: limitMs(config.pool.maxIdle),
    allowExitOnIdle: true,
    Client: clientOfHosts(Client, config, settingsOf),
  });
  // An idle connection that breaks is already out of the pool; unheard, its event would end the process.
  pool.on('error', () => undefined);
  return pool;
}

function clientSettings(config: PostgresConfig): PgClientSettings {
  const { hosts, user, database } = config;
  const [only] = hosts.length === 1 ? hosts : [];
  return {
    ...(only === undefined ? {} : hostSettings(only, config)),
    user,
    database,
    keepAlive: true,
    ...(config.startupParameters ? { application_name: config.applicationName } : {}),
  };
}

function hostSettings({ host, port }: Host, config: PostgresConfig): PgClientSettings {
  return { host, port, ssl: host.startsWith('/') ? false : tlsOptions(config) };
}
