/** A table as one file of the Data Lake, in binary COPY, and that file as a second table. */
import { pipeline } from 'node:stream/promises';
import { adlsSink, adlsSource, pgCopyFrom, pgCopyTo, zstdCompress, zstdDecompress } from 'sluice';
import type { Dataset } from './datasets.ts';
import { count, duration, megabytes, nameColumn, rate } from './layout.ts';
import type { Places } from './places.ts';
import { withProgress } from './progress.ts';
import { settled } from './settled.ts';

/** The table that came back. */
export const returned = (name: string): string => `${name}_returned`;

/** Resolves with the bytes of binary COPY. */
export async function toLake({ name }: Dataset, { database, lake }: Places, signal: AbortSignal): Promise<number> {
  const url = fileUrl(lake.baseUrl, name);
  const source = pgCopyTo({ ...database.connection, schema: database.schema, table: name, format: 'binary' });
  const sink = adlsSink(url, { ...lake.connection, contentType: 'application/zstd' });
  await pipeline(source, zstdCompress(), sink, { signal }).finally(() => settled(source, sink));
  const { rows = 0, bytes = 0, durationMs = 0 } = source.result ?? {};
  console.log(
    `${nameColumn(name)}  ${count(rows)} rows, ${megabytes(bytes)} in ${duration(durationMs)}: ` +
      `${rate(bytes, durationMs)}, to ${url} (${megabytes(sink.result?.bytes ?? 0)})`,
  );
  return bytes;
}

/** The rows come back with their ids, by which the order is asked for afterwards. */
export async function fromLake(
  { name }: Dataset,
  copyBytes: number,
  { database, lake }: Places,
  signal: AbortSignal,
): Promise<void> {
  const { schema } = database;
  await database.query(`CREATE TABLE ${schema}.${returned(name)} (LIKE ${schema}.${name})`);
  const source = adlsSource(fileUrl(lake.baseUrl, name), lake.connection);
  const sink = pgCopyFrom({ ...database.connection, schema, table: returned(name), format: 'binary' });
  await withProgress({ name, total: copyBytes, done: () => sink.progress.bytes }, () =>
    pipeline(source, zstdDecompress(), sink, { signal }).finally(() => settled(source, sink)),
  );
  const { rows = 0, bytes = 0, durationMs = 0 } = sink.result ?? {};
  console.log(
    `${nameColumn(name)}  ${count(rows)} rows, ${megabytes(bytes)} in ${duration(durationMs)}: ${rate(bytes, durationMs)}`,
  );
}

const fileUrl = (baseUrl: string, name: string): string => `${baseUrl}${name}.copy.zst`;
