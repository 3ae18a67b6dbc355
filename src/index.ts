/** The public names, re-exported; nothing else. */
export * from './errors.ts';
export { pgCopyFrom } from './connectors/postgres/copy-from.ts';
export type { CopyFromResult, PgCopyFromOptions } from './connectors/postgres/copy-from.ts';
export { pgCopyTo } from './connectors/postgres/copy-to.ts';
export type { CopyToResult, PgCopyToOptions } from './connectors/postgres/copy-to.ts';
