/** The main job: all objects of a dataset into one new table, in one COPY and one transaction. */
import { pipeline } from 'node:stream/promises';
import { gunzip, pgCopyFrom, s3Source, skipHeader } from 'sluice';
import type { Dataset } from './datasets.ts';
import { count, duration, megabytes, nameColumn, objectCount, rate } from './layout.ts';
import type { Places } from './places.ts';
import { withProgress } from './progress.ts';
import { settled } from './settled.ts';

/** Resolves with the rows loaded. */
export async function load(dataset: Dataset, csvBytes: number, places: Places, signal: AbortSignal): Promise<number> {
  const { database, store } = places;
  const { schema } = database;
  const { name, columns } = dataset;
  const definitions = columns.map(([column, type]) => `"${column}" ${type}`);
  // The identity remembers the order of the rows; without a cache the load would take half as long again.
  definitions.unshift('id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000)');
  await database.query(`CREATE TABLE ${schema}.${name} (${definitions.join(', ')})`);

  let objects = 0;
  const source = s3Source(`${store.baseUrl}${name}/*.csv.gz`, {
    ...store.connection,
    each: () => {
      objects += 1;
      return [gunzip(), skipHeader()];
    },
  });
  const sink = pgCopyFrom({
    ...database.connection,
    schema,
    table: name,
    columns: columns.map(([column]) => column),
    format: 'csv',
  });
  await withProgress({ name, total: csvBytes, done: () => sink.progress.bytes }, () =>
    pipeline(source, sink, { signal }).finally(() => settled(source, sink)),
  );
  const { rows = 0, bytes = 0, durationMs = 0 } = sink.result ?? {};
  console.log(
    `${nameColumn(name)}  ${count(rows)} rows, ${megabytes(bytes)} of CSV from ${objectCount(objects)} ` +
      `in ${duration(durationMs)}: ${rate(bytes, durationMs)}`,
  );
  return rows;
}
