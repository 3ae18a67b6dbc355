/** Measured: a file of ADLS that is read much more slowly than the account gives it. */
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSource } from '../../../src/connectors/adls2/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { takeSlowly } from './neighbours.ts';

const { bytes, ...options } = settings() as {
  bytes: number;
  config: Adls2Settings;
  partSize: number;
  concurrency: number;
};
const read = (path: string, limit: number): Promise<number> =>
  takeSlowly(adlsFileSource({ container: 'lake', path, ...options }), limit);

await measured({ warmUp: () => read('tiny', 1), work: () => read('big', bytes) });
process.exit();
