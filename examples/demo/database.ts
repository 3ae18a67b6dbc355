/** Where the tables go: an embedded PostgreSQL, or the server that the profile `demo` names. */
import { existsSync } from 'node:fs';
import pg from 'pg';
import { startPostgres } from 'sluice/testing';

export interface Database {
  readonly title: string;
  /** For the options of `pgCopyFrom` and `pgCopyTo`. */
  readonly connection: { readonly profile: string } | { readonly config: { readonly dsn: string } };
  /** Holds all tables of the demo, and nothing else. */
  readonly schema: string;
  query(sql: string): Promise<Record<string, unknown>[]>;
  /** Ends everything, throws if something is left, and otherwise says how things stand. */
  close(): Promise<string>;
}

const DSN_VARIABLE = 'AUTO_WORKFLOW_CONNECTORS_POSTGRES_DEMO__DSN';

export async function openDatabase(): Promise<Database> {
  const dsn = process.env[DSN_VARIABLE];
  return dsn === undefined ? embedded() : profiled(dsn);
}

async function embedded(): Promise<Database> {
  const server = await startPostgres();
  const dsn = server.dsn;
  const close = async () => {
    await server.close();
    if (existsSync(server.socketDir)) throw new Error(`the directory ${server.socketDir} of PostgreSQL is left`);
    return 'PostgreSQL stopped, its directory removed';
  };
  try {
    const session = await openSession(dsn);
    const schema = 'demo';
    await session.query(`CREATE SCHEMA ${schema}`);
    return {
      title: `embedded ${server.version} on ${server.host}:${server.port}`,
      connection: { config: { dsn } },
      schema,
      query: async (sql) => (await session.query<Record<string, unknown>>(sql)).rows,
      close: async () => {
        // Should the session be broken, the server has to go all the same.
        await session.end().catch(() => undefined);
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function profiled(dsn: string): Promise<Database> {
  const session = await openSession(dsn);
  const query = async (sql: string) => (await session.query<Record<string, unknown>>(sql)).rows;
  const schema = `sluice_demo_${crypto.randomUUID().slice(0, 8)}`;
  try {
    await query(`CREATE SCHEMA ${schema}`);
  } catch (error) {
    await session.end();
    throw error;
  }
  return {
    title: `profile 'demo' (${DSN_VARIABLE}), schema ${schema}`,
    connection: { profile: 'demo' },
    schema,
    query,
    close: async () => {
      await query(`DROP SCHEMA ${schema} CASCADE`).finally(() => session.end());
      return `schema ${schema} dropped`;
    },
  };
}

async function openSession(dsn: string): Promise<pg.Client> {
  const url = new URL(dsn);
  // node-postgres reads `require` as `verify-full` and nothing as `disable`; libpq and sluice do not.
  if (!url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'require');
  url.searchParams.set('uselibpqcompat', 'true');
  const session = new pg.Client({ connectionString: url.href, connectionTimeoutMillis: 5_000 });
  // A server that goes away is noticed by whoever asks it next; unheard, the event would end the process.
  session.on('error', () => undefined);
  await session.connect();
  return session;
}
