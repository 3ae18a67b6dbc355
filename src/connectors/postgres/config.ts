/** The settings of a Postgres profile, and what node-postgres is to be told. */
import type { ConnectionOptions } from 'node:tls';
import { z } from 'zod';
import type { Layer } from '../../config/environment.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { boolean, duration, integer, secret, text } from '../../config/schema.ts';
import { connectorError } from '../../errors.ts';
import { parseDsn } from './dsn.ts';

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

const schema = z.strictObject({
  /** `postgresql://user:password@host:port/database?sslmode=...`; wins over the single settings. */
  dsn: secret().optional(),
  host: text().optional(),
  port: integer(1, 65_535).default(5432),
  database: text().optional(),
  user: text().optional(),
  password: secret().optional(),
  sslmode: z.enum(SSL_MODES).default('require'),
  /** PEM text of the authorities to trust; default: the system's. */
  sslrootcert: text().optional(),
  applicationName: text().default('sluice'),
  pool: z
    .strictObject({
      minSize: integer(0, 10_000).default(1),
      maxSize: integer(1, 10_000).default(10),
      maxIdle: duration('pool.maxIdle').default(300_000),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      connect: duration('timeouts.connect').default(5_000),
      pool: duration('timeouts.pool').default(10_000),
      lock: duration('timeouts.lock').default(30_000),
      /** The answer to BEGIN. */
      response: duration('timeouts.response').default(30_000),
    })
    .prefault({}),
  /** Of connecting, before anything was sent. */
  retries: z
    .strictObject({
      attempts: integer(1, 1_000).default(3),
      minDelay: duration('retries.minDelay').default(100),
      maxDelay: duration('retries.maxDelay').default(2_000),
    })
    .prefault({}),
  /** False leaves `application_name` out of the startup message, which some poolers refuse. */
  startupParameters: boolean().default(true),
});

export type PostgresSettings = z.output<typeof schema>;

export interface PostgresConfig extends Omit<PostgresSettings, 'dsn'> {
  readonly host: string;
}

/**
 * The complete settings of `profile`: defaults < `AUTO_WORKFLOW_CONNECTORS_POSTGRES_<PROFILE>__...` < `overrides`.
 *
 * @throws ConfigError `CONFIG_INVALID`
 */
export function postgresConfig(profile: string, overrides?: Layer): PostgresConfig {
  const settings = resolveConfig(schema, { connector: 'postgres', profile, overrides });
  const { dsn, ...single } = settings;
  const { sslmode, ...fromDsn } = dsn === undefined ? {} : parseDsn(dsn);
  const mode = z.enum(SSL_MODES).safeParse(sslmode ?? settings.sslmode);
  if (!mode.success) throw connectorError('CONFIG_INVALID', `sslmode must be one of ${SSL_MODES.join(', ')}`);
  const config = { ...single, ...fromDsn, sslmode: mode.data };
  if (config.host === undefined) {
    const variable = `AUTO_WORKFLOW_CONNECTORS_POSTGRES_${profile.toUpperCase().replaceAll('-', '_')}__DSN`;
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
