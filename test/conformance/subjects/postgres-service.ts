/** Postgres servers that the streams are held against, each with a session of its own to arrange and to look. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { connectionConfig, postgresProfile, tlsOptions } from '../../../src/connectors/postgres/config.ts';
import { closePools } from '../../../src/connectors/postgres/native.ts';
import { eventually } from '../../support/leaks.ts';
import { serverKinds, sharedServer } from '../../support/postgres.ts';
import type { Wire } from '../wire.ts';
import { proxiedWire } from '../wire.ts';

export interface PostgresService extends AsyncDisposable {
  /** Settings of the streams, before their way is changed. */
  readonly settings: PostgresSettings;
  /** The name that every session of the streams goes by. */
  readonly applicationName: string;
  /** For tables; exists. */
  readonly schema: string;
  /** Where bytes can be intercepted; undefined behind TLS. */
  readonly address?: { readonly host: string; readonly port: number };
  sql(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

export interface PostgresSettings {
  readonly dsn: string;
  readonly applicationName: string;
}

/** The embedded server, and PostgreSQL 15 where it is installed; each gives a database to whoever starts it. */
export function localPostgres(): readonly { readonly name: string; start(): Promise<PostgresService> }[] {
  return serverKinds().map((kind) => ({
    name: kind.name,
    async start() {
      const server = await sharedServer(kind);
      const database = await server.createDatabase();
      const service = await connectService(database.dsn);
      return {
        ...service,
        address: { host: server.host, port: server.port },
        async [Symbol.asyncDispose]() {
          await service[Symbol.asyncDispose]();
          await database.drop();
        },
      };
    },
  }));
}

/** A service in an own schema of the database, which is removed again. */
export async function connectService(dsn: string): Promise<PostgresService> {
  const id = crypto.randomUUID().slice(0, 8);
  const schema = `sluice_conformance_${id}`;
  const applicationName = `sluice ${id}`;
  const session = await openSession(dsn);
  await session.query(`CREATE SCHEMA ${schema}`);
  return {
    ...{ schema, applicationName, settings: { dsn, applicationName } },
    sql: async (text, params = []) => (await session.query<Record<string, unknown>>(text, [...params])).rows,
    async [Symbol.asyncDispose]() {
      await session.query(`DROP SCHEMA ${schema} CASCADE`);
      await session.end();
    },
  };
}

/** A session to arrange and to look, with or without TLS as the streams have it. */
export async function openSession(dsn: string): Promise<pg.Client> {
  const config = connectionConfig(postgresProfile('default', { dsn }).settings, 'default');
  const [{ host, port } = { host: 'localhost', port: 5432 }] = config.hosts;
  const { user, password, database, sslmode } = config;
  const named = Object.fromEntries(
    Object.entries({ user, password, database }).filter(([, value]) => value !== undefined),
  );
  const open = async (ssl: pg.ClientConfig['ssl']): Promise<pg.Client> => {
    const session = new pg.Client({ host, port, ...named, ...(ssl === undefined ? {} : { ssl }) });
    await session.connect();
    return session;
  };
  const ssl = host.startsWith('/') ? false : tlsOptions(config);
  if (sslmode !== 'prefer') return open(ssl);
  return open(ssl).catch(() => open(false));
}

/** With the length before it: a message that ends like the beginning of a pattern would be held back, and waited for. */
const COMMIT = '\x0bCOMMIT\0';

export interface PostgresWay {
  readonly settings: PostgresSettings;
  readonly wire?: Wire;
  close(): Promise<void>;
}

/** The way from the streams to the service, through a proxy where the bytes can be intercepted. */
export async function wayTo({ settings, address }: PostgresService): Promise<PostgresWay> {
  if (address === undefined) return { settings, close: closePools };
  const wire = await proxiedWire(address.host, address.port, [COMMIT]);
  // What a DSN says last holds, whatever form it has.
  const dsn = `${settings.dsn}${settings.dsn.includes('?') ? '&' : '?'}host=127.0.0.1&port=${wire.port}`;
  return {
    settings: { ...settings, dsn },
    wire,
    async close() {
      await closePools();
      await wire[Symbol.asyncDispose]();
    },
  };
}

/** No session of the streams is at work or inside a transaction; one that is ending gets a moment. */
export async function assertIdle({ applicationName, sql }: PostgresService): Promise<void> {
  const busy = `SELECT pid, state, left(query, 60) AS query FROM pg_stat_activity
    WHERE application_name = $1 AND state <> 'idle'`;
  await eventually(async () => assert.deepEqual(await sql(busy, [applicationName]), []));
}
