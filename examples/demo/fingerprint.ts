/** The hash of the CSV rows of one or many objects, without their header lines, in the order of their keys. */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { gunzip, s3Source, skipHeader } from 'sluice';
import type { ObjectStore } from './object-store.ts';
import { settled } from './settled.ts';

export interface Fingerprint {
  readonly sha256: string;
  /** They are left out of the hash. */
  readonly hadCarriageReturns: boolean;
}

export async function fingerprint(url: string, store: ObjectStore, signal: AbortSignal): Promise<Fingerprint> {
  const hash = createHash('sha256');
  let hadCarriageReturns = false;
  const rows = s3Source(url, { ...store.connection, each: () => [gunzip(), skipHeader()] });
  const update = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      const hasCarriageReturns = chunk.includes('\r');
      hadCarriageReturns ||= hasCarriageReturns;
      if (hasCarriageReturns) hash.update(chunk.toString('latin1').replaceAll('\r', ''), 'latin1');
      else hash.update(chunk);
    }
  };
  await pipeline(rows, update, { signal }).finally(() => settled(rows));
  return { sha256: hash.digest('hex'), hadCarriageReturns };
}
