/** Measured: a file of ADLS that is written much faster than the account takes it. */
import { pipeline } from 'node:stream/promises';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSink } from '../../../src/connectors/adls2/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { gush } from './neighbours.ts';

const { bytes, ...options } = settings() as {
  bytes: number;
  config: Adls2Settings;
  partSize: number;
  concurrency: number;
};
const write = async (length: number): Promise<number> => {
  const sink = adlsFileSink({ container: 'lake', path: 'big', ...options });
  await pipeline(gush(length, 'x'), sink);
  return sink.result?.bytes ?? 0;
};

await measured({ warmUp: () => write(2 * options.partSize), work: () => write(bytes) });
process.exit();
