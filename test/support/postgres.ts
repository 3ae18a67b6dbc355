/** Real servers for the suites: the embedded one, and PostgreSQL 15 where it is installed (in CI it must be). */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { assertNothingLeft, eventually } from './leaks.ts';

const OLD_BINARIES = '/usr/lib/postgresql/15/bin';

/** For hooks that start a server. */
export const STARTING_MS = 60_000;

interface ServerKind {
  readonly name: string;
  readonly binDir?: string;
}

/** The servers that every Postgres suite runs on. */
export function serverKinds(): readonly ServerKind[] {
  const embedded = { name: 'PostgreSQL 18' };
  if (existsSync(`${OLD_BINARIES}/postgres`)) return [embedded, { name: 'PostgreSQL 15', binDir: OLD_BINARIES }];
  if (process.env['CI'] !== undefined) {
    throw new Error(`PostgreSQL 15 is required in CI and ${OLD_BINARIES} is not there: apt-get install postgresql-15`);
  }
  process.stderr.write('NOTE: PostgreSQL 15 is not installed, so these suites run on the embedded server alone.\n');
  return [embedded];
}

export interface PostgresContext {
  readonly server: TestPostgres;
  /** Of a database that this suite has to itself; without TLS. */
  readonly dsn: string;
  /** SQL in that database, as superuser. */
  sql(text: string, params?: readonly unknown[]): Promise<Record<string, unknown>[]>;
}

const running = new Map<string, Promise<TestPostgres>>();

/** One server per kind for the whole run. */
export function sharedServer({ name, binDir }: ServerKind): Promise<TestPostgres> {
  let server = running.get(name);
  if (server === undefined) {
    server = startPostgres(binDir === undefined ? {} : { binDir });
    running.set(name, server);
  }
  return server;
}

export async function closeSharedServers(): Promise<void> {
  await closePools();
  await Promise.all([...running.values()].map(async (server) => (await server).close()));
  running.clear();
}

/** The same suite on every server, each in a database of its own; nothing may be left after any test. */
export function describePostgres(title: string, suite: (context: () => PostgresContext) => void): void {
  for (const kind of serverKinds()) {
    describe(`${title} on ${kind.name}`, () => {
      let context: PostgresContext | undefined;
      let tearDown = async (): Promise<void> => Promise.resolve();
      const current = (): PostgresContext => {
        if (context === undefined) throw new Error('the suite has not started');
        return context;
      };
      before(async function () {
        // A server may take a while to come up on a machine that has much else to do.
        this.timeout(STARTING_MS);
        const server = await sharedServer(kind);
        const database = await server.createDatabase();
        const { dsn } = database;
        const { default: pg } = await import('pg');
        const admin = new pg.Client({ connectionString: dsn });
        await admin.connect();
        context = {
          server,
          dsn,
          sql: async (text, params = []) => (await admin.query<Record<string, unknown>>(text, [...params])).rows,
        };
        tearDown = async () => {
          await closePools();
          // A pool's `end()` resolves before its sockets have closed, and what is dropped with a session open is uncaught.
          const sessions =
            'SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
          await eventually(async () => assert.equal((await admin.query(sessions)).rowCount, 0));
          await admin.end();
          await database.drop();
        };
      });
      suite(current);
      // Behind the suite's own hooks, which end its connections first.
      afterEach(async () => assertNothingLeft(current()));
      after(() => tearDown());
    });
  }
}
