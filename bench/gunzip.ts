/** gunzip() beside Node's own defaults and Node's own at the same chunk size, interleaved in one run. `node bench/gunzip.ts` */
import { cpus } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { gunzip } from 'sluice';

const ROWS = 1_000_000;
const ROUNDS = 5;
const READ_BYTES = 256 * 1024;

const packed = gzipSync(Buffer.from(csv(ROWS)), { level: 6 });
const cases = {
  'sluice gunzip()': () => gunzip(),
  'zlib defaults': () => createGunzip(),
  'zlib, 1 MiB chunks': () => createGunzip({ chunkSize: 1024 * 1024 }),
};
const rates = new Map<string, number[]>(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, make] of Object.entries(cases)) rates.get(name)?.push(await rate(make()));
}

const baseline = median(rates.get('zlib defaults') ?? []);
console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${packed.length} bytes of gzip, median of ${ROUNDS}`,
);
for (const [name, values] of rates) {
  const mid = median(values);
  console.log(`${name.padEnd(20)} ${mid.toFixed(0).padStart(5)} MB/s  ${(mid / baseline).toFixed(2)} x zlib defaults`);
}

async function rate(transform: ReturnType<typeof createGunzip> | ReturnType<typeof gunzip>): Promise<number> {
  let bytes = 0;
  const drain = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  const started = performance.now();
  await pipeline(Readable.from(pieces(packed), { objectMode: false }), transform, drain);
  return bytes / 1e3 / (performance.now() - started);
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += READ_BYTES) yield bytes.subarray(at, at + READ_BYTES);
}

/** Numbers and short texts that repeat about as often as in real tables; the same at every run. */
function csv(rows: number): string {
  let text = '';
  let seed = 42;
  for (let row = 0; row < rows; row += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    text += `${row},2026-11-${String((seed % 28) + 1).padStart(2, '0')} 10:00:00,${seed % 265},${(seed % 10_000) / 100},${seed % 2 === 0 ? 'CASH' : 'CARD'}\n`;
  }
  return text;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
