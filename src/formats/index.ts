/** The formats, as streams: `sluice/formats`. */

export {
  brotliCompress,
  brotliDecompress,
  decompress,
  gunzip,
  gzip,
  zstdCompress,
  zstdDecompress,
} from './compression.ts';
export type { CompressOptions, DecompressOptions, GunzipOptions } from './compression-options.ts';
export { skipHeader } from './skip-header.ts';
export type { SkipHeaderOptions } from './skip-header.ts';
