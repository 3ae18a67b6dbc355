/** Puts a dataset into S3 as `.csv.gz` objects, each with its own header line. */
import { pipeline } from 'node:stream/promises';
import { gzip, s3Sink } from 'sluice';
import type { Dataset } from './datasets.ts';
import { duration, megabytes, nameColumn, objectCount } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import { withProgress } from './progress.ts';
import { settled } from './settled.ts';

/** Resolves with the bytes of CSV. */
export async function upload(dataset: Dataset, store: ObjectStore, signal: AbortSignal): Promise<number> {
  const { name, objects, approximateBytes } = dataset;
  const startedAt = performance.now();
  const sizes = { objects: 0, csv: 0, stored: 0 };
  await withProgress({ name, total: approximateBytes, done: () => sizes.csv }, async () => {
    for await (const csv of objects()) {
      const part = String(sizes.objects).padStart(2, '0');
      const url = `${store.baseUrl}${name}/part-${part}.csv.gz`;
      const sink = s3Sink(url, { ...store.connection, contentType: 'application/gzip' });
      const chunks = counted(csv, (bytes) => (sizes.csv += bytes));
      await pipeline(chunks, gzip({ level: 1 }), sink, { signal }).finally(() => settled(sink));
      sizes.objects += 1;
      sizes.stored += sink.result?.bytes ?? 0;
    }
  });
  console.log(
    `${nameColumn(name)}  ${megabytes(sizes.csv)} of CSV as ${objectCount(sizes.objects)}, ` +
      `${megabytes(sizes.stored)} compressed, in ${duration(performance.now() - startedAt)}`,
  );
  return sizes.csv;
}

function* counted(chunks: Iterable<Buffer>, onBytes: (bytes: number) => void): Generator<Buffer> {
  for (const chunk of chunks) {
    onBytes(chunk.length);
    yield chunk;
  }
}
