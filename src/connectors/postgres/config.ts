/** The settings of a Postgres profile, and what node-postgres is to be told. */
import type { ConnectionOptions } from 'node:tls';
import * as v from 'valibot';
import { variablePrefix } from '../../config/environment.ts';
import type { Layer } from '../../config/layer.ts';
import { resolveProfile } from '../../config/resolve.ts';
import type { Profile } from '../../config/resolve.ts';
import { boolean, duration, integer, meaning, secret, text } from '../../config/schema.ts';
import { connectorError } from '../../errors.ts';
import { parseDsn } from './dsn.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** Asked for every new connection. */
export type PasswordProvider = () => string | Promise<string>;

/** The one schema of Postgres: settings, their defaults and the page of the reference. */
export const postgresSchema = v.object({
  dsn: meaning(
    '`postgresql://user:password@host:port/database?sslmode=...`; wins over the single settings.',
    v.optional(secret()),
  ),
  host: meaning('A name, an address, or the folder of a UNIX socket.', v.optional(text())),
  port: v.optional(integer(1, 65_535), 5432),
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
      connect: meaning('TCP, TLS and authentication.', v.optional(duration('timeouts.connect'), 5_000)),
      pool: meaning('The wait for a free connection.', v.optional(duration('timeouts.pool'), 10_000)),
      lock: meaning('The wait for a lock.', v.optional(duration('timeouts.lock'), 30_000)),
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
  return resolveProfile(postgresSchema, { connector: 'postgres', profile, overrides });
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

function isSslMode(text: string): text is SslMode {
  return (SSL_MODES as readonly string[]).includes(text);
}
