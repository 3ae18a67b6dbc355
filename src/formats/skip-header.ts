/** Drops an object's header line, so that several CSV objects can be joined into one. The body passes without a copy. */

import { Transform } from 'node:stream';
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { HeaderEnd, missingLineEnd } from './header-end.ts';

/** Options of {@link skipHeader}. */
export interface SkipHeaderOptions {
  /** The quote, one ASCII character; `false` for formats without quotes, such as COPY's text format. Default `"`. */
  readonly quote?: string | false;
  /**
   * Whether a body that does not end with a line end is given one, the header's own, so that the next object's first record does
   * not run on from it. Default `true`.
   */
  readonly ensureFinalNewline?: boolean;
  /** Bytes that a header may have, with its line end; more are `BAD_ROW`. Default 1 MiB. */
  readonly maxHeaderBytes?: number;
}

const DEFAULT_MAX_HEADER_BYTES = 1024 * 1024;

/**
 * Drops one CSV record and passes on what follows. The record ends at the first LF, CRLF or CR outside quotes (quotes as in
 * Postgres' COPY: they toggle wherever they stand). A UTF-8 byte order mark goes with the header. No bytes, or a header
 * without a line end, give no bytes.
 *
 * Errors: `BAD_ROW` for a header above `maxHeaderBytes`, which is mostly a quote that was never closed. Throws `CONFIG_INVALID`.
 */
export function skipHeader(options: SkipHeaderOptions = {}): Transform {
  const { quote = '"', ensureFinalNewline = true, maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES } = options;
  if (!(Number.isInteger(maxHeaderBytes) && maxHeaderBytes > 0)) {
    throw invalid('maxHeaderBytes must be a whole number of bytes above 0');
  }
  const header = new HeaderEnd(quote === false ? undefined : quoteByte(quote));
  let lastByte: number | undefined;

  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const isInBody = header.lineEnd !== undefined;
      const bodyAt = isInBody ? 0 : header.find(chunk);
      if (!isInBody && header.bytes > maxHeaderBytes) {
        done(tooLong(maxHeaderBytes));
        return;
      }
      if (bodyAt !== undefined && bodyAt < chunk.length) {
        lastByte = chunk[chunk.length - 1];
        this.push(bodyAt === 0 ? chunk : chunk.subarray(bodyAt));
      }
      done();
    },
    flush(done) {
      const { lineEnd } = header;
      const missing = lastByte === undefined || lineEnd === undefined ? '' : missingLineEnd(lastByte, lineEnd);
      if (ensureFinalNewline && missing !== '') this.push(missing);
      done();
    },
  });
}

function quoteByte(quote: string): number {
  if (!/^[\x20-\x7e]$/.test(quote)) throw invalid('quote must be one printable ASCII character, or false');
  return quote.charCodeAt(0);
}

function tooLong(limit: number): ConnectorError {
  const message = `skipHeader: the header has more than ${limit} bytes (maxHeaderBytes); is a quote never closed?`;
  return connectorError('BAD_ROW', message, { operation: 'skipHeader', stage: 'transfer', line: 1 });
}

function invalid(message: string): ConnectorError {
  return connectorError('CONFIG_INVALID', `skipHeader: ${message}`, { operation: 'skipHeader', stage: 'configure' });
}
