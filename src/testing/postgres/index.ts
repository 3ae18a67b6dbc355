/** A throw-away PostgreSQL server for tests. */
export { startPostgres } from './start-postgres.ts';
export type { PostgresOptions, TestDatabase, TestPostgres } from './start-postgres.ts';
export type { StopMode } from './server.ts';
export type { AdminRow } from './admin-session.ts';
