/** Counts the records of COPY input as the server does, to tell how many it left out. */
import type { CopyFormatOptions } from './copy-command.ts';
import { trailByteMask } from './trail-bytes.ts';

export interface RecordCounter {
  push(chunk: Buffer): void;
  /** Records so far, the header line left out; the last one counts without its line break too. */
  records(): number;
}

const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

/** A counter for this format. The line break style is that of the first line, as the server takes it. */
export function recordCounter({
  format = 'csv',
  header,
  quote = '"',
  escape = quote,
  encoding,
}: CopyFormatOptions): RecordCounter {
  if (format === 'binary') return binaryCounter();
  const headers = header === true || header === 'match' ? 1 : 0;
  const lines = format === 'csv' ? csvLines(quote.charCodeAt(0), escape.charCodeAt(0)) : textLines();
  const mask = trailByteMask(encoding);
  const push = (chunk: Buffer): void => lines.push(mask === undefined ? chunk : mask(chunk));
  return { push, records: () => Math.max(0, lines.count() - headers) };
}

interface Lines {
  push(chunk: Buffer): void;
  count(): number;
}

function csvLines(quote: number, escape: number): Lines {
  let inQuotes = false;
  let escaped = false;
  const breaks = lineBreaks();
  return {
    push: (chunk) => {
      for (const byte of chunk) {
        if (escaped) escaped = false;
        else if (inQuotes && byte === escape && escape !== quote) escaped = true;
        else if (byte === quote) inQuotes = !inQuotes;
        breaks.see(byte, inQuotes);
      }
    },
    count: () => breaks.count(false),
  };
}

function textLines(): Lines {
  let escaped = false;
  let over = false;
  const breaks = lineBreaks();
  return {
    push: (chunk) => {
      for (const byte of chunk) {
        // The end-of-data marker is no record, and nothing behind it is.
        over ||= escaped && byte === DOT;
        if (over) return;
        // What comes behind a backslash is data, be it a line break. The backslash itself may begin the marker.
        if (escaped || byte !== BACKSLASH) breaks.see(byte, escaped);
        escaped = !escaped && byte === BACKSLASH;
      }
    },
    // A backslash that nothing follows is data.
    count: () => breaks.count(escaped && !over),
  };
}

function lineBreaks(): { see(byte: number, isData: boolean): void; count(pending: boolean): number } {
  let count = 0;
  let open = false;
  let afterCr = false;
  return {
    see: (byte, isData) => {
      const isBreak = !isData && (byte === CR || byte === LF);
      if (isBreak && !(byte === LF && afterCr)) {
        count += 1;
        open = false;
      } else if (!isBreak) open = true;
      afterCr = isBreak && byte === CR;
    },
    count: (pending) => count + (open || pending ? 1 : 0),
  };
}

/** Signature, flags and extension, then tuples of a field count and length-prefixed fields ("Binary Format"). */
function binaryCounter(): RecordCounter {
  const HEADER_BYTES = 11 + 4;
  let need = HEADER_BYTES;
  let state: 'header' | 'extension' | 'skip' | 'tuple' | 'field' = 'header';
  let value = 0;
  let taken = 0;
  let fields = 0;
  let count = 0;
  let over = false;

  const next = (): void => {
    const signed16 = (value << 16) >> 16;
    const signed32 = value | 0;
    switch (state) {
      case 'header':
        [state, need] = ['extension', 4];
        break;
      case 'extension':
        [state, need] = value === 0 ? ['tuple', 2] : ['skip', value];
        break;
      case 'tuple':
        if (signed16 < 0) over = true;
        else {
          count += 1;
          fields = signed16;
          [state, need] = fields === 0 ? ['tuple', 2] : ['field', 4];
        }
        break;
      case 'field':
        fields -= 1;
        if (signed32 > 0) [state, need] = ['skip', signed32];
        else [state, need] = fields === 0 ? ['tuple', 2] : ['field', 4];
        break;
      case 'skip':
        [state, need] = fields === 0 ? ['tuple', 2] : ['field', 4];
        break;
    }
    value = 0;
    taken = 0;
  };

  return {
    push: (chunk) => {
      let at = 0;
      while (at < chunk.length && !over) {
        if (state === 'skip' || state === 'header') {
          const step = Math.min(need - taken, chunk.length - at);
          taken += step;
          at += step;
        } else {
          value = (value << 8) | (chunk[at] ?? 0);
          taken += 1;
          at += 1;
        }
        if (taken === need) next();
      }
    },
    records: () => count,
  };
}
