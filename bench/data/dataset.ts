/** The benchmarks' input files: made once per seed and size, kept in the temporary directory, never in memory whole. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { tripsCsv } from './trips.ts';

export interface Dataset {
  readonly rows: number;
  /** Of `csv`, its header line included. */
  readonly bytes: number;
  /** Where the files are. */
  readonly directory: string;
  readonly csv: string;
  /** The header line alone: nothing to do. */
  readonly emptyCsv: string;
}

export interface GzippedDataset extends Dataset {
  /** `csv` and `emptyCsv` through `gzip -6`. */
  readonly gz: string;
  readonly emptyGz: string;
}

export const SEED = 42;
/** A change of the generator changes this, so that no old file is taken for a new one. */
const GENERATOR = 1;

/** `rows` trips of `SEED`. Readable for every user of the machine: a database server reads them too. */
export async function trips(rows: number): Promise<Dataset> {
  const parent = join(tmpdir(), `sluice-bench-${process.getuid?.() ?? 0}`);
  const directory = join(parent, `trips-v${GENERATOR}-seed${SEED}-${rows}`);
  await mkdir(directory, { recursive: true });
  for (const path of [parent, directory]) await chmod(path, 0o755);
  const csv = await csvFile(join(directory, 'trips.csv'), rows);
  const emptyCsv = await csvFile(join(directory, 'empty.csv'), 0);
  const { size: bytes } = await stat(csv);
  return { rows, bytes, directory, csv, emptyCsv };
}

export async function gzippedTrips(rows: number): Promise<GzippedDataset> {
  const data = await trips(rows);
  return { ...data, gz: await gzipped(data.csv), emptyGz: await gzipped(data.emptyCsv) };
}

async function csvFile(file: string, rows: number): Promise<string> {
  await whole(file, (part) => pipeline(Readable.from(tripsCsv(rows, SEED)), createWriteStream(part)));
  return file;
}

async function gzipped(file: string): Promise<string> {
  await whole(`${file}.gz`, async (part) => {
    await promisify(execFile)('sh', ['-c', 'gzip -6 -n -c "$1" > "$2"', 'sh', file, part]);
  });
  return `${file}.gz`;
}

/** Unless it is there: a file appears under its name only when it is complete. */
async function whole(file: string, write: (part: string) => Promise<void>): Promise<void> {
  if (await exists(file)) return;
  const part = `${file}.${process.pid}`;
  process.stderr.write(`making ${file}\n`);
  try {
    await write(part);
    await chmod(part, 0o644);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
