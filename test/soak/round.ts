/** The data of one round: CSV exactly as the server writes it, so that it comes back byte for byte. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { seeded } from '../../src/testing/chaos-proxy/random.ts';

export interface RoundData {
  readonly rows: number;
  readonly bytes: number;
  readonly compressed: Buffer;
  /** Of the CSV. */
  readonly hash: string;
}

/** In every row, to be found in no error. */
export const ROW_CANARY = 'canary-in-a-row';

export const COLUMNS = 'id integer PRIMARY KEY, note text, amount numeric';

/** About `bytes` of CSV: numbered rows, with values that need care now and then. The same seed gives the same rows. */
export function roundData(seed: number, bytes: number): RoundData {
  const draw = seeded(seed);
  const lines: string[] = [];
  let size = 0;
  for (let id = 1; size < bytes; id += 1) {
    const line = `${id},${note(draw, id)},${(draw() * 1_000).toFixed(2)}\n`;
    lines.push(line);
    size += line.length;
  }
  const csv = Buffer.from(lines.join(''));
  return { rows: lines.length, bytes: csv.length, compressed: gzipSync(csv, { level: 1 }), hash: hashOf(csv) };
}

/** The hash of the CSV in a gzip object; throws what zlib throws. */
export const hashOfCompressed = (compressed: Buffer): string => hashOf(gunzipSync(compressed));

const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const AWKWARD = [
  '"with ""quotes"", a comma"',
  '"two\nlines"',
  '"a marker in the middle:\n\\.\nand more"',
  '""',
  '',
  'ünïcödé 𝄞 文字',
  '" , "',
  '\\N',
] as const;

const note = (draw: () => number, id: number): string => {
  if (draw() < 0.02) return AWKWARD[Math.floor(draw() * AWKWARD.length)] ?? '';
  return `${ROW_CANARY} ${id} ${Math.floor(draw() * 2 ** 32).toString(36)} ${Math.floor(draw() * 2 ** 32).toString(36)}`;
};
