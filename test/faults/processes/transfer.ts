/** A real pipeline in a process of its own, which runs to its end unless somebody kills it. */
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { s3ObjectSink, s3ObjectSource } from '../../../src/connectors/s3/index.ts';
import type { S3ObjectSinkOptions, S3ObjectSourceOptions } from '../../../src/connectors/s3/index.ts';

/** Where from and where to, as the options of the streams. */
export interface Transfer {
  readonly from: { readonly s3: S3ObjectSourceOptions } | { readonly table: string; readonly dsn: string };
  readonly to: { readonly s3: S3ObjectSinkOptions } | { readonly table: string; readonly dsn: string };
}

const { from, to } = JSON.parse(process.argv[2] ?? '{}') as Transfer;
await pipeline(
  's3' in from ? s3ObjectSource(from.s3) : pgCopyTo({ table: from.table, config: { dsn: from.dsn } }),
  's3' in to ? s3ObjectSink(to.s3) : pgCopyFrom({ table: to.table, config: { dsn: to.dsn } }),
);
process.exit();
