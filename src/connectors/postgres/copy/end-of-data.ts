/**
 * The line `\.` in COPY input. Servers before 18 take it, unquoted, for the end of CSV data, and every server does so in
 * text format: what follows is dropped and COPY reports success. Rows sent must be rows loaded, so on CSV the line is
 * quoted (18 reads it as that very row), and in text format anything after the marker is refused.
 */
import { connectorError } from '../../../errors.ts';
import { trailByteMask } from './trail-bytes.ts';

const BACKSLASH = 0x5c;
const DOT = 0x2e;
const LF = 0x0a;
const CR = 0x0d;

/** Looks at the bytes on their way; gives the bytes to send instead. `end` gives what was held back. */
export interface EndOfDataGuard {
  push(chunk: Buffer): readonly Buffer[];
  end(): readonly Buffer[];
}

export interface CsvGuardOptions {
  /** Default `"`. */
  readonly quote?: string | undefined;
  /** Default: the quote. */
  readonly escape?: string | undefined;
  /** Default `,`. */
  readonly delimiter?: string | undefined;
  /** Default: nothing. */
  readonly null?: string | undefined;
  /** Default: UTF8. */
  readonly encoding?: string | undefined;
}

/**
 * Rewrites an unquoted line `\.` to the quoted row. Whether a line is inside quotes is told as the server tells it: every
 * quote character that is not escaped turns the state over (`CopyReadLineText` in copyfromparse.c). Where the line is not
 * a plain value, because one of its characters is a quote, an escape or a delimiter, or the whole is NULL, it is refused.
 *
 * @throws PermanentError `END_OF_DATA_MARKER`
 */
export function csvEndOfDataGuard(options: CsvGuardOptions = {}): EndOfDataGuard {
  const { quote = '"', escape = quote, delimiter = ',', null: nullText = '' } = options;
  const quoteByte = quote.charCodeAt(0);
  const escapeByte = escape === quote ? undefined : escape.charCodeAt(0);
  const plain = ![quote, escape, delimiter].includes('.') && ![quote, delimiter].includes('\\') && nullText !== '\\.';
  const mask = trailByteMask(options.encoding);
  let escaped = false;
  const quoteBytes = Buffer.from(quote);
  let inQuotes = false;
  let atLineStart = true;
  let held: Buffer | undefined;
  let offset = 0;

  /** Counts the quotes of `bytes` into the state. */
  const pass = (given: Buffer): void => {
    const bytes = mask === undefined ? given : mask(given);
    offset += bytes.length;
    if (escapeByte === undefined) {
      if (countByte(bytes, quoteByte) % 2 === 1) inQuotes = !inQuotes;
      return;
    }
    for (const byte of bytes) {
      if (escaped) escaped = false;
      else if (inQuotes && byte === escapeByte) escaped = true;
      else if (byte === quoteByte) inQuotes = !inQuotes;
    }
  };

  const scan = (bytes: Buffer, last: boolean): Buffer[] => {
    const out: Buffer[] = [];
    let sent = 0;
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(BACKSLASH, from);
      if (at === -1) break;
      from = at + 1;
      if (!(at === 0 ? atLineStart : isLineEnd(bytes[at - 1]))) continue;
      const enough = at + 2 < bytes.length || (last && at + 1 < bytes.length);
      if (!enough && !last) {
        // The decision needs bytes that have not come yet.
        pass(bytes.subarray(sent, at));
        if (at > sent) out.push(bytes.subarray(sent, at));
        held = Buffer.from(bytes.subarray(at));
        atLineStart = true;
        return out;
      }
      if (bytes[at + 1] !== DOT || (at + 2 < bytes.length && !isLineEnd(bytes[at + 2]))) continue;
      pass(bytes.subarray(sent, at));
      if (at > sent) out.push(bytes.subarray(sent, at));
      sent = at;
      if (inQuotes) continue;
      if (!plain) throw marker(offset);
      out.push(quoteBytes, bytes.subarray(at, at + 2), quoteBytes);
      offset += 2;
      sent = at + 2;
    }
    const rest = bytes.subarray(sent);
    pass(rest);
    if (rest.length > 0) out.push(rest);
    if (bytes.length > 0) atLineStart = isLineEnd(bytes[bytes.length - 1]);
    return out;
  };

  const joined = (chunk: Buffer): Buffer => {
    const bytes = held === undefined ? chunk : Buffer.concat([held, chunk]);
    held = undefined;
    return bytes;
  };

  return {
    push: (chunk) => scan(joined(chunk), false),
    end: () => scan(joined(Buffer.alloc(0)), true),
  };
}

/**
 * Refuses text-format input that goes on after the marker `\.`; the marker as the very end is what `COPY TO` files of
 * old versions hold, and harmless.
 *
 * @throws PermanentError `END_OF_DATA_MARKER`
 */
export function textEndOfDataGuard({ encoding }: Pick<CsvGuardOptions, 'encoding'> = {}): EndOfDataGuard {
  const mask = trailByteMask(encoding);
  let state: 'data' | 'escaped' | 'marker' | 'carriage return' | 'after' = 'data';
  let offset = 0;

  const scan = (bytes: Buffer): void => {
    let at = 0;
    while (at < bytes.length) {
      if (state === 'data') {
        const found = bytes.indexOf(BACKSLASH, at);
        if (found === -1) return;
        state = 'escaped';
        at = found + 1;
      } else if (state === 'escaped') {
        state = bytes[at] === DOT ? 'marker' : 'data';
        at += 1;
      } else {
        // Between the marker and the end there may only be its own line break: another one is a row, if an empty one.
        const byte = bytes[at];
        if (state === 'after' || (state === 'carriage return' && byte !== LF)) throw marker(offset + at);
        if (state === 'marker' && !isLineEnd(byte)) {
          // A server refuses `\.` with more on its line by itself; only what a line break separates would be lost.
          state = 'data';
          continue;
        }
        state = byte === CR ? 'carriage return' : 'after';
        at += 1;
      }
    }
  };

  return {
    push: (chunk) => {
      scan(mask === undefined ? chunk : mask(chunk));
      offset += chunk.length;
      return [chunk];
    },
    end: () => [],
  };
}

/** How often `byte` occurs. Quote-free data costs a memchr; dense data a loop. */
export function countByte(bytes: Buffer, byte: number): number {
  const first = bytes.indexOf(byte);
  if (first === -1) return 0;
  let count = 0;
  for (let at = first; at < bytes.length; at += 1) if (bytes[at] === byte) count += 1;
  return count;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}

function marker(offset: number): Error {
  return connectorError(
    'END_OF_DATA_MARKER',
    `the input holds the end-of-data marker \\. near byte ${offset}; what follows it would not be loaded`,
  );
}
