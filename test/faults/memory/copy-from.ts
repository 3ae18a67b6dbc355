/** Measured: a table that is loaded much faster than the server takes it. */
import { pipeline } from 'node:stream/promises';
import { pgCopyFrom } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { gush } from './neighbours.ts';

const { bytes, dsn } = settings() as { bytes: number; dsn: string };
const load = async (length: number): Promise<number> => {
  const sink = pgCopyFrom({ table: 'big', config: { dsn } });
  await pipeline(gush(length, `1,${'x'.repeat(97)}\n`), sink);
  return sink.result?.bytes ?? 0;
};

await measured({ warmUp: () => load(1_000_000), work: () => load(bytes) });
process.exit();
