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
  readonly csv: string;
  /** The same through `gzip -6`. */
  readonly gz: string;
  readonly gzBytes: number;
  /** The header line alone: nothing to do. */
  readonly emptyCsv: string;
  readonly emptyGz: string;
}

export const SEED = 42;
/** A change of the generator changes this, so that no old file is taken for a new one. */
const GENERATOR = 1;

/** `rows` trips of `SEED`. Readable for every user of the machine: a database server reads them too. */
export async function trips(rows: number): Promise<Dataset> {
  const full = await files(rows);
  const empty = await files(0);
  const size = async (file: string): Promise<number> => (await stat(file)).size;
  return {
    rows,
    bytes: await size(full.csv),
    gzBytes: await size(full.gz),
    ...full,
    emptyCsv: empty.csv,
    emptyGz: empty.gz,
  };
}

async function files(rows: number): Promise<{ csv: string; gz: string }> {
  const directory = join(tmpdir(), `sluice-bench-${process.getuid?.() ?? 0}`);
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const csv = join(directory, `trips-v${GENERATOR}-seed${SEED}-${rows}.csv`);
  const gz = `${csv}.gz`;
  if (!(await exists(csv)))
    await whole(csv, (part) => pipeline(Readable.from(tripsCsv(rows, SEED)), createWriteStream(part)));
  if (!(await exists(gz))) {
    await whole(gz, async (part) => {
      await promisify(execFile)('sh', ['-c', 'gzip -6 -n -c "$1" > "$2"', 'sh', csv, part]);
    });
  }
  return { csv, gz };
}

/** A file appears under its name only when it is complete. */
async function whole(file: string, write: (part: string) => Promise<void>): Promise<void> {
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
