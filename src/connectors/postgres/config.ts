/** The settings of a Postgres profile, and what node-postgres is to be told. */
import type { ConnectionOptions } from 'node:tls';
import * as v from 'valibot';
import { variablePrefix } from '../../config/environment.ts';
import type { Layer } from '../../config/layer.ts';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { boolean, duration, integer, meaning, secret, text } from '../../config/schema.ts';
import { connectorError } from '../../errors.ts';
import { parseDsn } from './connection/dsn.ts';
import { LOAD_BALANCE_HOSTS, parseHosts, TARGET_SESSION_ATTRS } from './connection/hosts.ts';
import type { Host } from './connection/hosts.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Asked for every new connection. */
export type PasswordProvider = () => string | Promise<string>;

/** The one schema of Postgres: settings, their defaults and the page of the reference. */
export const postgresSchema = v.object({
  dsn: meaning(
    '`postgresql://user:password@host:port,host:port/database?sslmode=...`; wins over the single settings.',
    v.optional(secret()),
  ),
  host: meaning(
    'A name, an address, or the folder of a UNIX socket; several, with ports of their own or not: `db1,db2:5433`.',
    v.optional(text()),
  ),
  port: meaning('Of hosts that name none.', v.optional(integer(1, 65_535), 5432)),
  targetSessionAttrs: meaning(
    "Which of the hosts will do ([libpq's meanings](../guide/loading.md#several-hosts)).",
    v.optional(v.picklist(TARGET_SESSION_ATTRS), 'any'),
  ),
  loadBalanceHosts: meaning(
    '`random`: each connection tries the hosts in an order of its own.',
    v.optional(v.picklist(LOAD_BALANCE_HOSTS), 'disable'),
  ),
  database: meaning("Default: the user's name.", v.optional(text())),
  user: v.optional(text()),
  password: meaning(
    'Or a function that gives one for each new connection, such as a token that expires.',
    v.optional(
      v.union(
        [secret(), v.custom<PasswordProvider>((value) => typeof value === 'function')],
        'expected a text or a function',
      ),
    ),
  ),
  sslmode: meaning("libpq's meanings.", v.optional(v.picklist(SSL_MODES), 'require')),
  sslrootcert: meaning(
    "The authorities to trust: PEM text, or the path of a file with it. Default: the system's.",
    v.optional(text()),
  ),
  sslcert: meaning('The certificate to show the server: PEM text, or the path of a file with it.', v.optional(text())),
  sslkey: meaning('The private key of `sslcert`: PEM text, or the path of a file with it.', v.optional(secret())),
  applicationName: meaning('What `pg_stat_activity` shows.', v.optional(text(), 'sluice')),
  pool: v.optional(
    v.object({
      minSize: meaning('Connections that are kept open.', v.optional(integer(0, 10_000), 1)),
      maxSize: v.optional(integer(1, 10_000), 10),
      maxIdle: meaning('Connections that idle longer are closed.', v.optional(duration('pool.maxIdle'), 300_000)),
    }),
    {},
  ),
  timeouts: v.optional(
    v.object({
      connect: meaning('TCP, TLS and authentication, for each host.', v.optional(duration('timeouts.connect'), 5_000)),
      pool: meaning('The wait for a free connection.', v.optional(duration('timeouts.pool'), 10_000)),
      lock: meaning('The wait for a lock.', v.optional(duration('timeouts.lock'), 30_000)),
      statement: meaning(
        'A call of a client, such as `query`, from the wait for a connection to the last of its answer. Streams have none.',
        v.optional(duration('timeouts.statement'), 30_000),
      ),
      response: meaning('The answer to BEGIN.', v.optional(duration('timeouts.response'), 30_000)),
    }),
    {},
  ),
  retries: v.optional(
    v.object({
      attempts: meaning('Tries of connecting, before anything was sent.', v.optional(integer(1, 1_000), 3)),
      minDelay: meaning(
        'Before the second try; it doubles from then on.',
        v.optional(duration('retries.minDelay'), 100),
      ),
      maxDelay: meaning('The longest pause.', v.optional(duration('retries.maxDelay'), 2_000)),
    }),
    {},
  ),
  startupParameters: meaning(
    'False leaves `application_name` out of the startup message, which some poolers refuse.',
    v.optional(boolean(), true),
  ),
});

export type PostgresSettings = v.InferOutput<typeof postgresSchema>;

export interface PostgresConfig extends Omit<PostgresSettings, 'dsn' | 'host' | 'port'> {
  /** At least one. */
  readonly hosts: readonly Host[];
}

export type PostgresProfile = Profile<PostgresSettings>;

/**
 * The settings of `profile`: defaults < config file < `AUTO_WORKFLOW_CONNECTORS_POSTGRES_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function postgresProfile(profile: string, overrides?: Layer): PostgresProfile {
  return resolveProfile(postgresSchema, { connector: 'postgres', profile, overrides });
}

/**
 * What they mean for a connection.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function connectionConfig(settings: PostgresSettings, profile: string): PostgresConfig {
  const { dsn, host, port, timeouts, ...single } = settings;
  const { hosts, port: dsnPort, connectTimeout, ...fromDsn } = dsn === undefined ? {} : parseDsn(dsn);
  const named = hosts ?? parseHosts(host ?? '');
  if (named[0]?.host === '') {
    const variable = `${variablePrefix('postgres', profile)}DSN`;
    throw connectorError(
      'CONFIG_INVALID',
      `profile '${profile}' of postgres names no server: set ${variable}=postgresql://user:password@host/database, or pass { config: { dsn } }`,
      { connector: 'postgres', profile, stage: 'configure' },
    );
  }
  return {
    ...single,
    ...fromDsn,
    hosts: named.map((each) => ({ host: each.host, port: each.port ?? dsnPort ?? port })),
    timeouts: connectTimeout === undefined ? timeouts : { ...timeouts, connect: connectTimeout },
    sslmode: oneOf('sslmode', SSL_MODES, fromDsn.sslmode ?? settings.sslmode),
    targetSessionAttrs: oneOf(
      'target_session_attrs',
      TARGET_SESSION_ATTRS,
      fromDsn.targetSessionAttrs ?? settings.targetSessionAttrs,
    ),
    loadBalanceHosts: oneOf(
      'load_balance_hosts',
      LOAD_BALANCE_HOSTS,
      fromDsn.loadBalanceHosts ?? settings.loadBalanceHosts,
    ),
  };
}

/**
 * libpq's meaning of `sslmode` ("SSL Mode Descriptions"): `require` encrypts and verifies nothing, unless an authority is
 * given, `verify-ca` verifies the authority, `verify-full` the host name too. node-postgres itself reads `require` as
 * `verify-full`.
 */
export function tlsOptions({ sslmode, sslrootcert, sslcert, sslkey }: PostgresConfig): ConnectionOptions | false {
  const own = { ...(sslcert === undefined ? {} : { cert: sslcert }), ...(sslkey === undefined ? {} : { key: sslkey }) };
  const ca = { ...own, ...(sslrootcert === undefined ? {} : { ca: sslrootcert }) };
  const authority = { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  switch (sslmode) {
    case 'disable':
      return false;
    case 'prefer':
      return { ...own, rejectUnauthorized: false };
    case 'require':
      return sslrootcert === undefined ? { ...own, rejectUnauthorized: false } : authority;
    case 'verify-ca':
      return authority;
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true };
  }
}

/** A DSN's text is not checked yet. */
function oneOf<T extends string>(name: string, known: readonly T[], text: string): T {
  const found = known.find((value) => value === text);
  if (found === undefined) throw connectorError('CONFIG_INVALID', `${name} must be one of ${known.join(', ')}`);
  return found;
}
