/** Measured: an object that is read much more slowly than the store gives it. */
import { s3ObjectSource } from '../../../src/connectors/s3/index.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { measured, settings } from '../../support/measured.ts';
import { takeSlowly } from './neighbours.ts';

const { bytes, ...options } = settings() as {
  bytes: number;
  config: S3Settings;
  partSize: number;
  concurrency: number;
};
const read = (key: string, limit: number): Promise<number> =>
  takeSlowly(s3ObjectSource({ bucket: 'bench', key, ...options }), limit);

await measured({ warmUp: () => read('tiny', 1), work: () => read('big', bytes) });
process.exit();
