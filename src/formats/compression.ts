/**
 * Compressed bytes to plain bytes and back, as streams. Every decompressor reads every member or frame, and ends only after the
 * input was seen to be whole: truncation, damage and stray bytes are errors, never a clean end.
 */

import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib';
import type { Transform } from 'node:stream';
import { BrotliFraming } from './brotli-framing.ts';
import { compressOptions, decompressOptions } from './compression-options.ts';
import type { CompressOptions, DecompressOptions, GunzipOptions } from './compression-options.ts';
import { Decompressor } from './decompressor.ts';
import type { Framing } from './framing.ts';
import { GzipFraming } from './gzip-framing.ts';
import { sniff } from './magic.ts';
import { PlainFraming } from './plain-framing.ts';
import { ZstdFraming } from './zstd-framing.ts';

/**
 * Decompresses gzip (RFC 1952), all members of it. Header checksums, CRC-32 and lengths are verified before `end`; since a
 * member's CRC follows its data, bytes are passed on before they are verified: a sink must not commit before `end`.
 *
 * Errors: `COMPRESSED_DATA_TRUNCATED` (also for no bytes at all), `COMPRESSED_DATA_CORRUPT` (also for input that is not gzip),
 * `TRAILING_DATA`, `OUTPUT_LIMIT`. Throws `CONFIG_INVALID`.
 */
export function gunzip(options: GunzipOptions = {}): Transform {
  return decompressor('gunzip', options, ({ allowZeroPadding }) => new GzipFraming('gunzip', allowZeroPadding));
}

/**
 * Decompresses zstd (RFC 8878), all frames of it; skippable frames give nothing. Damage is found by the content checksum, where
 * the writer added one (the `zstd` tool and {@link zstdCompress} do): without it a flipped bit may pass. Frames that need a window
 * above 128 MiB, or a dictionary, are refused.
 *
 * Errors: as {@link gunzip}.
 */
export function zstdDecompress(options: DecompressOptions = {}): Transform {
  return decompressor('zstdDecompress', options, () => new ZstdFraming('zstdDecompress'));
}

/**
 * Decompresses one brotli stream (RFC 7932); anything after it is `TRAILING_DATA`. The format has no checksum: truncation is
 * always found, a flipped bit only where it breaks the format's rules.
 *
 * Errors: as {@link gunzip}.
 */
export function brotliDecompress(options: DecompressOptions = {}): Transform {
  return decompressor('brotliDecompress', options, () => new BrotliFraming('brotliDecompress'));
}

/**
 * Decompresses gzip or zstd, told by their magic numbers, and passes anything else through as it is: no bytes at all, one byte,
 * plain text. Brotli has no magic number and counts as plain. `maxOutputBytes` holds for plain bytes as well.
 *
 * Errors: as {@link gunzip}.
 */
export function decompress(options: GunzipOptions = {}): Transform {
  const complete = decompressOptions('decompress', options);
  const framings = {
    gzip: () => new GzipFraming('decompress', complete.allowZeroPadding),
    zstd: () => new ZstdFraming('decompress'),
    plain: () => new PlainFraming('decompress'),
  };
  const choose = (head: Buffer): Framing | undefined => {
    const format = sniff(head);
    return format === undefined ? undefined : framings[format]();
  };
  return new Decompressor({ ...complete, choose, chooseAtEnd: framings.plain });
}

/**
 * Compresses to one gzip member. `level` 0-9, default 6 (zlib's own). Measured on CSV of numbers, dates and short words: level 1 is
 * 3.8 times as fast and 17 % larger, level 4 is 2.5 times as fast and 6 % larger. Where an export must keep up with a fast COPY,
 * take one of those, or {@link zstdCompress}, which at its default is 4.9 times as fast and 6 % larger.
 *
 * Throws `CONFIG_INVALID`.
 */
export function gzip(options: CompressOptions = {}): Transform {
  const { level, chunkSize } = compressOptions('gzip', options, { min: 0, max: 9, default: 6 });
  return createGzip({ level, chunkSize });
}

/**
 * Compresses to one zstd frame with a content checksum, so that damage is found when it is read. `level` 1-19, default 3 (libzstd's
 * own).
 *
 * Throws `CONFIG_INVALID`.
 */
export function zstdCompress(options: CompressOptions = {}): Transform {
  const { level, chunkSize } = compressOptions('zstdCompress', options, { min: 1, max: 19, default: 3 });
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  return createZstdCompress({ chunkSize, params });
}

/**
 * Compresses to one brotli stream. `level` 0-11, default 4: brotli's own 11 is made for web pages that are compressed once and read
 * often, and is far too slow for an export. The format has no checksum.
 *
 * Throws `CONFIG_INVALID`.
 */
export function brotliCompress(options: CompressOptions = {}): Transform {
  const { level, chunkSize } = compressOptions('brotliCompress', options, { min: 0, max: 11, default: 4 });
  return createBrotliCompress({ chunkSize, params: { [constants.BROTLI_PARAM_QUALITY]: level } });
}

function decompressor(
  operation: string,
  options: GunzipOptions,
  framing: (options: Required<GunzipOptions>) => Framing,
): Transform {
  const complete = decompressOptions(operation, options);
  const choose = () => framing(complete);
  return new Decompressor({ ...complete, choose, chooseAtEnd: choose });
}
