/** The options of the compression streams, checked once when a stream is made. */

import { connectorError } from '../errors.ts';

/** Limits of a decompressor. */
export interface DecompressOptions {
  /** Bytes of output after which the stream fails with `OUTPUT_LIMIT`; not one more is passed on. Default: no limit. */
  readonly maxOutputBytes?: number;
  /**
   * Bytes of output per byte of input above which the stream fails with `OUTPUT_LIMIT`, once 1 MiB has come out. Default 1100:
   * deflate cannot exceed 1032:1, so no gzip file is ever refused by default, not even one of blanks; zstd and brotli reach far
   * more, as bombs do. Raise it (or give `Infinity`) for zstd or brotli data that repeats one row endlessly.
   */
  readonly maxRatio?: number;
  /** Bytes of one output chunk, 16 KiB to 16 MiB. Default 1 MiB. The stream holds up to four of them. */
  readonly chunkSize?: number;
}

/** Limits of a decompressor that reads gzip. */
export interface GunzipOptions extends DecompressOptions {
  /** Whether zero bytes up to the end may follow the last gzip member, as tape and block devices leave them. Default `false`. */
  readonly allowZeroPadding?: boolean;
}

/** Options of a compressor. */
export interface CompressOptions {
  /** How hard to try; each factory says its range and default. */
  readonly level?: number;
  /** Bytes of one output chunk, 16 KiB to 16 MiB. Default 256 KiB. */
  readonly chunkSize?: number;
}

const KIB = 1024;
const DEFAULT_MAX_RATIO = 1100;
const DEFAULT_OUTPUT_CHUNK = 1024 * KIB;
const DEFAULT_COMPRESSED_CHUNK = 256 * KIB;

/** Completes and checks a decompressor's options. Throws `CONFIG_INVALID`. */
export function decompressOptions(operation: string, options: GunzipOptions): Required<GunzipOptions> {
  const { maxOutputBytes = Infinity, maxRatio = DEFAULT_MAX_RATIO, allowZeroPadding = false } = options;
  if (maxOutputBytes !== Infinity && !(Number.isSafeInteger(maxOutputBytes) && maxOutputBytes >= 0)) {
    throw invalid(operation, 'maxOutputBytes must be a whole number of bytes, or Infinity');
  }
  if (!(maxRatio > 0)) throw invalid(operation, 'maxRatio must be a number above 0, or Infinity');
  return { maxOutputBytes, maxRatio, allowZeroPadding, chunkSize: chunkSize(operation, options, DEFAULT_OUTPUT_CHUNK) };
}

/** Completes and checks a compressor's options; `level` must be between `min` and `max`. Throws `CONFIG_INVALID`. */
export function compressOptions(
  operation: string,
  options: CompressOptions,
  levels: { readonly min: number; readonly max: number; readonly default: number },
): Required<CompressOptions> {
  const { level = levels.default } = options;
  if (!Number.isInteger(level) || level < levels.min || level > levels.max) {
    throw invalid(operation, `level must be a whole number from ${levels.min} to ${levels.max}`);
  }
  return { level, chunkSize: chunkSize(operation, options, DEFAULT_COMPRESSED_CHUNK) };
}

function chunkSize(operation: string, options: { readonly chunkSize?: number }, byDefault: number): number {
  const { chunkSize: size = byDefault } = options;
  if (Number.isInteger(size) && size >= 16 * KIB && size <= 16 * KIB * KIB) return size;
  throw invalid(operation, 'chunkSize must be a whole number of bytes from 16 KiB to 16 MiB');
}

function invalid(operation: string, message: string): Error {
  return connectorError('CONFIG_INVALID', `${operation}: ${message}`, { operation, stage: 'configure' });
}
