/** Postgres: statements, COPY in both directions, and the rows of queries as streams. */
export { PostgresClient } from './client.ts';
export { pgCopyFrom } from './copy-from.ts';
export type { CopyFromResult, PgCopyFromOptions } from './copy-from.ts';
export { pgCopyRows } from './copy-rows.ts';
export type { CopyRowsResult, PgCopyRowsOptions } from './copy-rows.ts';
export type { Row } from './encoding/row-encoder.ts';
export { pgCopyTo } from './copy-to.ts';
export type { CopyToResult, PgCopyToOptions } from './copy-to.ts';
export type { CopyFormat, CopyFormatOptions } from './copy-command.ts';
export { decodeCopy } from './decode-copy.ts';
export type { CopyColumn, DecodeCopyOptions } from './decoding/options.ts';
export { encodeCopy } from './encode-copy.ts';
export type { CopyColumn, EncodeCopyOptions } from './encode-copy.ts';
export { pgQueryRows } from './query-rows.ts';
export type { PgQueryRowsOptions, QueryRowsResult } from './query-rows.ts';
export type { Parameters } from './parameters.ts';
export type { QueryOptions, Row, StatementOptions } from './queries.ts';
export type { PostgresStreamOptions } from './session.ts';
