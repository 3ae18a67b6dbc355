/** Measured: an object that is written much faster than the store takes it. */
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../../src/connectors/s3/index.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { measured, settings } from '../../support/measured.ts';
import { gush } from './neighbours.ts';

const { bytes, ...options } = settings() as {
  bytes: number;
  config: S3Settings;
  partSize: number;
  concurrency: number;
};
const write = async (length: number): Promise<number> => {
  const sink = s3ObjectSink({ bucket: 'bench', key: 'big', ...options });
  await pipeline(gush(length, 'x'), sink);
  return sink.result?.bytes ?? 0;
};

await measured({ warmUp: () => write(2 * options.partSize), work: () => write(bytes) });
process.exit();
