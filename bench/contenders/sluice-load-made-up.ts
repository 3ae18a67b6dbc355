/** CSV that is made while it is loaded, so that any amount can be loaded. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from 'sluice';
import { args, report } from './pipe.ts';

const ROW = '4711,2,2026-01-01 00:00:00,2026-01-01 00:24:28,5,1.84,2,N,Brooklyn 95,Manhattan 185,DISPUTED,7.78,0.00\n';
const ROWS_PER_BLOCK = 10_000;

const { dsn, bytes } = args() as { dsn: string; bytes: number };
const sink = pgCopyFrom({ table: 'trips', format: 'csv', config: { dsn, sslmode: 'disable' } });
await pipeline(Readable.from(blocks(), { objectMode: false }), sink);
report({ bytes: sink.result?.bytes ?? -1 });

/** Whole blocks, at least `bytes` of them. */
function* blocks(): Generator<Buffer> {
  for (let made = 0; made < bytes; made += ROW.length * ROWS_PER_BLOCK) yield Buffer.from(ROW.repeat(ROWS_PER_BLOCK));
}
