/** The steps of the demo, in order. */
import { busiestRoutes } from './busiest-routes.ts';
import { datasets } from './datasets.ts';
import type { Dataset } from './datasets.ts';
import { exportTable } from './export.ts';
import { count, duration, heading, table } from './layout.ts';
import { load } from './load.ts';
import { withPlaces } from './places.ts';
import type { Places } from './places.ts';
import { fromLake, toLake } from './through-lake.ts';
import { upload } from './upload.ts';
import { verify } from './verify.ts';

/** @throws whatever failed, after all servers were given back as they were found. */
export async function runDemo(signal: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  console.log(
    'sluice demo: public data from S3 through PostgreSQL and a Data Lake and back, as streams, without a temporary file',
  );
  const { value: rows, farewells } = await withPlaces((places) => run(places, signal));

  console.log(heading('Summary'));
  console.log(`  ${count(rows.in)} rows in = ${count(rows.out)} rows out, and every hash agrees`);
  console.log(`  nothing left behind: ${farewells.join('; ')}`);
  console.log(`  ${duration(performance.now() - startedAt)} in all`);
}

async function run(places: Places, signal: AbortSignal): Promise<{ in: number; out: number }> {
  const { database, store, lake } = places;
  const rows = { in: 0, out: 0 };
  signal.throwIfAborted();
  console.log(heading('Servers'));
  console.log(
    table([
      ['PostgreSQL', database.title],
      ['S3', store.title],
      ['Data Lake', lake.title],
    ]),
  );

  console.log(heading('Public data (npm package vega-datasets) to S3: gzip, s3Sink'));
  const uploaded: { dataset: Dataset; csvBytes: number }[] = [];
  for (const dataset of datasets) uploaded.push({ dataset, csvBytes: await upload(dataset, store, signal) });

  console.log(heading('S3 to PostgreSQL: s3Source with gunzip and skipHeader for each object, pgCopyFrom'));
  for (const { dataset, csvBytes } of uploaded) rows.in += await load(dataset, csvBytes, places, signal);

  console.log(heading('The five busiest routes, asked of the loaded tables'));
  console.log(table(await busiestRoutes(database)));

  console.log(heading('PostgreSQL to the Data Lake: pgCopyTo in binary format, zstdCompress, adlsSink'));
  const files: { dataset: Dataset; copyBytes: number }[] = [];
  for (const dataset of datasets) files.push({ dataset, copyBytes: await toLake(dataset, places, signal) });

  console.log(heading('The Data Lake to PostgreSQL: adlsSource, zstdDecompress, pgCopyFrom into second tables'));
  for (const { dataset, copyBytes } of files) await fromLake(dataset, copyBytes, places, signal);

  console.log(heading('The second tables to S3: pgCopyTo, gzip, s3Sink'));
  for (const { dataset, csvBytes } of uploaded) rows.out += await exportTable(dataset, csvBytes, places, signal);

  console.log(heading('Proof: SHA-256 of the CSV rows, both sides read back from S3'));
  for (const dataset of datasets) await verify(dataset, store, signal);
  if (rows.in !== rows.out) throw new Error(`${rows.in} rows went in and ${rows.out} came out`);
  return rows;
}
