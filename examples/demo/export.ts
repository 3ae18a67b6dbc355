/** The way back: the table that came from the Data Lake as one `.csv.gz` object, its rows in the order in which they came. */
import { pipeline } from 'node:stream/promises';
import { gzip, pgCopyTo, s3Sink } from 'sluice';
import type { Dataset } from './datasets.ts';
import { count, duration, megabytes, nameColumn, rate } from './layout.ts';
import type { Places } from './places.ts';
import { withProgress } from './progress.ts';
import { settled } from './settled.ts';
import { returned } from './through-lake.ts';

export const exportUrl = (baseUrl: string, name: string): string => `${baseUrl}export/${name}.csv.gz`;

/** Resolves with the rows exported. */
export async function exportTable(
  { name, columns }: Dataset,
  csvBytes: number,
  { database, store }: Places,
  signal: AbortSignal,
): Promise<number> {
  const url = exportUrl(store.baseUrl, name);
  const list = columns.map(([column]) => `"${column}"`).join(', ');
  // No order is promised for the rows of a table, not even for a table that was loaded once: ask for it.
  const query = `SELECT ${list} FROM ${database.schema}.${returned(name)} ORDER BY id`;
  const source = pgCopyTo({ ...database.connection, query, format: 'csv', header: true });
  const sink = s3Sink(url, { ...store.connection, contentType: 'application/gzip' });
  await withProgress({ name, total: csvBytes, done: () => source.progress.bytes }, () =>
    pipeline(source, gzip({ level: 1 }), sink, { signal }).finally(() => settled(source, sink)),
  );
  const { rows = 0, bytes = 0, durationMs = 0 } = source.result ?? {};
  console.log(
    `${nameColumn(name)}  ${count(rows)} rows, ${megabytes(bytes)} of CSV in ${duration(durationMs)}: ` +
      `${rate(bytes, durationMs)}, to ${url} (${megabytes(sink.result?.bytes ?? 0)})`,
  );
  return rows;
}
