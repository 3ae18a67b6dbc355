/** The compressed formats side by side, for tests that hold of each. */

import type { Transform } from 'node:stream';
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from 'node:zlib';
import {
  brotliCompress,
  brotliDecompress,
  gunzip,
  gzip,
  zstdCompress,
  zstdDecompress,
} from '../../src/formats/index.ts';
import type { CompressOptions, DecompressOptions } from '../../src/formats/index.ts';

export interface Codec {
  readonly name: string;
  readonly compress: (options?: CompressOptions) => Transform;
  readonly decompress: (options?: DecompressOptions) => Transform;
  /** Node's own one-shot compressor: what we read was not written by us. */
  readonly compressSync: (bytes: Buffer) => Buffer;
}

const zstdParams = { [constants.ZSTD_c_checksumFlag]: 1 };
const brotliParams = { [constants.BROTLI_PARAM_QUALITY]: 4 };

export const gzipCodec: Codec = {
  name: 'gzip',
  compress: gzip,
  decompress: gunzip,
  compressSync: (bytes) => gzipSync(bytes),
};
export const zstdCodec: Codec = {
  name: 'zstd',
  compress: zstdCompress,
  decompress: zstdDecompress,
  compressSync: (bytes) => zstdCompressSync(bytes, { params: zstdParams }),
};
export const brotliCodec: Codec = {
  name: 'brotli',
  compress: brotliCompress,
  decompress: brotliDecompress,
  compressSync: (bytes) => brotliCompressSync(bytes, { params: brotliParams }),
};
export const codecs = [gzipCodec, zstdCodec, brotliCodec] as const;
