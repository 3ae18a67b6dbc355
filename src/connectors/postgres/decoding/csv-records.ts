/** Records of COPY's CSV format (Postgres manual, "COPY", "CSV Format"; `CopyReadAttributesCSV` in copyfromparse.c). */
import type { InputWindow } from './input-window.ts';
import { CR, LF, LineEnds } from './line-ends.ts';
import { badRecord } from './records.ts';
import type { Records } from './records.ts';

export interface CsvBytes {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
}

export class CsvRecords implements Records {
  readonly ends: Int32Array;
  fields = 0;
  length = 0;
  wholeLength = 0;
  readonly #bytes: CsvBytes;
  /** Bytes that end a stretch of plain data, outside quotes and inside. */
  readonly #stops = new Uint8Array(256);
  readonly #quotedStops = new Uint8Array(256);
  readonly #lineEnds = new LineEnds();
  /** How far the record was looked at, whether its last field has quotes, and whether they are open. */
  #seen = 0;
  #isQuoted = false;
  #isOpen = false;

  constructor(columns: number, bytes: CsvBytes) {
    this.ends = new Int32Array(columns);
    this.#bytes = bytes;
    for (const stop of [bytes.delimiter, bytes.quote, CR, LF]) this.#stops[stop] = 1;
    for (const stop of [bytes.quote, bytes.escape]) this.#quotedStops[stop] = 1;
  }

  find(window: InputWindow, isLast: boolean): boolean {
    const { bytes, start, end } = window;
    const { delimiter, quote, escape } = this.#bytes;
    const { ends } = this;
    const [plainStops, quotedStops] = [this.#stops, this.#quotedStops];
    let { fields } = this;
    let isQuoted = this.#isQuoted;
    let isOpen = this.#isOpen;
    if (this.#seen === 0) [fields, isQuoted, isOpen] = [0, false, false];
    let at = start + this.#seen;
    for (; at < end; at += 1) {
      const stops = isOpen ? quotedStops : plainStops;
      let byte = bytes[at] ?? 0;
      while (stops[byte] === 0 && ++at < end) byte = bytes[at] ?? 0;
      if (at === end) break;
      if (isOpen) {
        if (byte === escape) {
          if (at + 1 === end && !isLast) break;
          const next = at + 1 < end ? bytes[at + 1] : undefined;
          if (next === quote || next === escape) {
            at += 1;
            continue;
          }
        }
        if (byte === quote) isOpen = false;
      } else if (byte === delimiter) {
        if (fields < ends.length) ends[fields] = isQuoted ? ~(at - start) : at - start;
        fields += 1;
        isQuoted = false;
      } else if (byte === quote) {
        isQuoted = true;
        isOpen = true;
      } else {
        const length = this.#lineEnds.length(byte, at + 1 < end ? bytes[at + 1] : undefined, isLast);
        if (length === 0) break;
        return this.#found(fields, isQuoted, at - start, length);
      }
    }
    if (isLast && isOpen) throw badRecord('has a quote that is never closed');
    // The last line needs no line break.
    if (isLast && end > start) return this.#found(fields, isQuoted, end - start, 0);
    this.fields = fields;
    this.#isQuoted = isQuoted;
    this.#isOpen = isOpen;
    this.length = this.#seen = at - start;
    return false;
  }

  #found(fields: number, isQuoted: boolean, length: number, lineEnd: number): boolean {
    if (fields < this.ends.length) this.ends[fields] = isQuoted ? ~length : length;
    this.fields = fields + 1;
    this.length = length;
    this.wholeLength = length + lineEnd;
    this.#seen = 0;
    return true;
  }
}

/** The bytes that a field with quotes stands for. */
export function unquoteCsv(bytes: Buffer, start: number, end: number, { quote, escape }: CsvBytes): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let length = 0;
  let isOpen = false;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0;
    const next = at + 1 < end ? bytes[at + 1] : undefined;
    if (isOpen && byte === escape && (next === quote || next === escape)) {
      plain[length++] = next;
      at += 1;
    } else if (byte === quote) isOpen = !isOpen;
    else plain[length++] = byte;
  }
  return plain.subarray(0, length);
}
