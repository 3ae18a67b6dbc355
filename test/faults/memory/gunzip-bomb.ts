/** Measured: a megabyte that unpacks to a gigabyte. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { ConnectorError } from '../../../src/errors.ts';
import { gunzip } from '../../../src/formats/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { discard } from './neighbours.ts';

const MEMBER_BYTES = 64 * 1024 * 1024;
const { members, limit } = settings() as { members: number; limit: number };
const member = gzipSync(Buffer.alloc(MEMBER_BYTES));

const unpack = async (count: number): Promise<number> => {
  const packed = Readable.from(Array.from({ length: count }, () => member));
  let bytes = 0;
  const out = discard().on('pipe', (source: Readable) => source.on('data', (chunk: Buffer) => (bytes += chunk.length)));
  try {
    await pipeline(packed, gunzip({ maxOutputBytes: limit }), out);
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.code !== 'OUTPUT_LIMIT') throw error;
  }
  return bytes;
};

await measured({ warmUp: () => unpack(1), work: () => unpack(members) });
