/** A small CSV file as several objects, each with the file's header line. The bytes stay as they are. */
import { readFile } from 'node:fs/promises';
import { vegaFile } from './vega-file.ts';

const LF = 0x0a;

/** For files whose quoted fields hold no line break. */
export async function* textObjects(file: string, objects: number): AsyncGenerator<Buffer[]> {
  const bytes = await readFile(vegaFile(file));
  const bodyAt = bytes.indexOf(LF) + 1;
  const header = bytes.subarray(0, bodyAt);
  let from = bodyAt;
  for (let index = 1; index <= objects; index += 1) {
    const cut = bodyAt + Math.floor(((bytes.length - bodyAt) * index) / objects);
    const to = index === objects ? bytes.length : bytes.indexOf(LF, cut) + 1;
    yield [header, bytes.subarray(from, to)];
    from = to;
  }
}
