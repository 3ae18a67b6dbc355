/** The settings of a Postgres profile, and what node-postgres is to be told. */
import type { ConnectionOptions } from 'node:tls';
import * as v from 'valibot';
import { variablePrefix } from '../../config/environment.ts';
import type { Layer } from '../../config/layer.ts';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { boolean, duration, integer, secret, text } from '../../config/schema.ts';
import { connectorError } from '../../errors.ts';
import { parseDsn } from './dsn.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Asked for every new connection. */
export type PasswordProvider = () => string | Promise<string>;

const schema = v.object({
  /** `postgresql://user:password@host:port/database?sslmode=...`; wins over the single settings. */
  dsn: v.optional(secret()),
  host: v.optional(text()),
  port: v.optional(integer(1, 65_535), 5432),
  database: v.optional(text()),
  user: v.optional(text()),
  /** A text, or a function that gives one for each new connection, such as a token that expires. */
  password: v.optional(
    v.union(
      [secret(), v.custom<PasswordProvider>((value) => typeof value === 'function')],
      'expected a text or a function',
    ),
  ),
  sslmode: v.optional(v.picklist(SSL_MODES), 'require'),
  /** PEM text of the authorities to trust; default: the system's. */
  sslrootcert: v.optional(text()),
  applicationName: v.optional(text(), 'sluice'),
  pool: v.optional(
    v.object({
      minSize: v.optional(integer(0, 10_000), 1),
      maxSize: v.optional(integer(1, 10_000), 10),
      maxIdle: v.optional(duration('pool.maxIdle'), 300_000),
    }),
    {},
  ),
  timeouts: v.optional(
    v.object({
      connect: v.optional(duration('timeouts.connect'), 5_000),
      pool: v.optional(duration('timeouts.pool'), 10_000),
      lock: v.optional(duration('timeouts.lock'), 30_000),
      /** The answer to BEGIN. */
      response: v.optional(duration('timeouts.response'), 30_000),
    }),
    {},
  ),
  /** Of connecting, before anything was sent. */
  retries: v.optional(
    v.object({
      attempts: v.optional(integer(1, 1_000), 3),
      minDelay: v.optional(duration('retries.minDelay'), 100),
      maxDelay: v.optional(duration('retries.maxDelay'), 2_000),
    }),
    {},
  ),
  /** False leaves `application_name` out of the startup message, which some poolers refuse. */
  startupParameters: v.optional(boolean(), true),
});

export type PostgresSettings = v.InferOutput<typeof schema>;

export interface PostgresConfig extends Omit<PostgresSettings, 'dsn'> {
  readonly host: string;
}

export type PostgresProfile = Profile<PostgresSettings>;

/**
 * The settings of `profile`: defaults < config file < `AUTO_WORKFLOW_CONNECTORS_POSTGRES_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function postgresProfile(profile: string, overrides?: Layer): PostgresProfile {
  return resolveProfile(schema, { connector: 'postgres', profile, overrides });
}

/**
 * What they mean for a connection.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function connectionConfig(settings: PostgresSettings, profile: string): PostgresConfig {
  const { dsn, ...single } = settings;
  const { sslmode, ...fromDsn } = dsn === undefined ? {} : parseDsn(dsn);
  const mode = sslmode ?? settings.sslmode;
  if (!isSslMode(mode)) throw connectorError('CONFIG_INVALID', `sslmode must be one of ${SSL_MODES.join(', ')}`);
  const config = { ...single, ...fromDsn, sslmode: mode };
  if (config.host === undefined) {
    const variable = `${variablePrefix('postgres', profile)}DSN`;
    throw connectorError(
      'CONFIG_INVALID',
      `profile '${profile}' of postgres names no server: set ${variable}=postgresql://user:password@host/database, or pass { config: { dsn } }`,
      { connector: 'postgres', profile, stage: 'configure' },
    );
  }
  return { ...config, host: config.host };
}

/**
 * libpq's meaning of `sslmode` ("SSL Mode Descriptions"): `require` encrypts and verifies nothing, unless an authority is
 * given, `verify-ca` verifies the authority, `verify-full` the host name too. node-postgres itself reads `require` as
 * `verify-full`.
 */
export function tlsOptions({ sslmode, sslrootcert }: PostgresConfig): ConnectionOptions | false {
  const ca = sslrootcert === undefined ? {} : { ca: sslrootcert };
  const authority = { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  switch (sslmode) {
    case 'disable':
      return false;
    case 'prefer':
      return { rejectUnauthorized: false };
    case 'require':
      return sslrootcert === undefined ? { rejectUnauthorized: false } : authority;
    case 'verify-ca':
      return authority;
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true };
  }
}

function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}
