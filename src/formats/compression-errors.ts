/** The errors of the decompressors: our codes from zlib's, and no byte of the data in any of them. */

import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';

/** The input ended where the format does not allow it. */
export function truncated(operation: string): ConnectorError {
  const message = `${operation}: the compressed data ended in the middle of a member`;
  return connectorError('COMPRESSED_DATA_TRUNCATED', message, { operation, stage: 'transfer' });
}

/** The input breaks the format's rules, or a checksum does not match. */
export function corrupt(operation: string, what: string, cause?: Error): ConnectorError {
  return connectorError('COMPRESSED_DATA_CORRUPT', `${operation}: ${what}`, { operation, stage: 'transfer', cause });
}

/** Something that is no member follows the last one. */
export function trailingData(operation: string, hint = ''): ConnectorError {
  const message = `${operation}: bytes that are no compressed member follow the last one${hint}`;
  return connectorError('TRAILING_DATA', message, { operation, stage: 'transfer' });
}

/** A limit on the output was reached. */
export function overLimit(operation: string, what: string): ConnectorError {
  return connectorError('OUTPUT_LIMIT', `${operation}: ${what}`, { operation, stage: 'transfer' });
}

/** Gives an engine's error our code. The cause keeps zlib's code and fixed message only. */
export function fromEngine(operation: string, error: Error): ConnectorError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const cause = Object.assign(new Error(error.message), { code });
  if (code === 'Z_BUF_ERROR') return withCause(truncated(operation), cause);
  if (code === 'Z_MEM_ERROR' || code === 'ERR_MEMORY_ALLOCATION_FAILED' || code === 'ZSTD_error_memory_allocation') {
    const message = `${operation}: the decompressor could not allocate memory`;
    return connectorError('UNKNOWN', message, { operation, stage: 'transfer', cause });
  }
  if (code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return corrupt(operation, 'the frame needs a window of more than 128 MiB (written with `zstd --long`?)', cause);
  }
  return corrupt(operation, 'the compressed data is damaged', cause);
}

function withCause(error: ConnectorError, cause: Error): ConnectorError {
  const { operation, stage } = error;
  return connectorError(error.code, error.message, { operation, stage, cause });
}
