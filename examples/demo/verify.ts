/** Compares what went into a table with what came out of it, by the SHA-256 of the CSV rows. */
import type { Dataset } from './datasets.ts';
import { exportUrl } from './export.ts';
import { fingerprint } from './fingerprint.ts';
import { nameColumn } from './layout.ts';
import type { ObjectStore } from './object-store.ts';

/** @throws Error where the hashes differ. */
export async function verify({ name }: Dataset, store: ObjectStore, signal: AbortSignal): Promise<void> {
  const before = await fingerprint(`${store.baseUrl}${name}/*.csv.gz`, store, signal);
  const after = await fingerprint(exportUrl(store.baseUrl, name), store, signal);
  // COPY writes LF, whatever it has read.
  const note = before.hadCarriageReturns ? ' (its CRLF read as LF)' : '';
  console.log(`${nameColumn(name)}  in   ${before.sha256}${note}`);
  console.log(`${nameColumn('')}  out  ${after.sha256}`);
  if (before.sha256 !== after.sha256) throw new Error(`the rows of ${name} are not the same after the round trip`);
}
