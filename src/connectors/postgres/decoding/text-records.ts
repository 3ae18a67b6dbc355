/** Records of COPY's text format (Postgres manual, "COPY", "Text Format"). */
import { connectorError } from '../../../errors.ts';
import type { InputWindow } from './input-window.ts';
import { CR, LF, LineEnds } from './line-ends.ts';
import { badRecord } from './records.ts';
import type { Records } from './records.ts';

const DOT = 0x2e;
const BACKSLASH = 0x5c;

export class TextRecords implements Records {
  readonly ends: Int32Array;
  fields = 0;
  length = 0;
  wholeLength = 0;
  /** Bytes that end a stretch of plain data. */
  readonly #stops = new Uint8Array(256);
  readonly #delimiter: number;
  readonly #lineEnds = new LineEnds();
  /** How far the record was looked at, and whether its last field has a backslash. */
  #seen = 0;
  #isEscaped = false;
  #isOver = false;

  constructor(columns: number, delimiter: number) {
    this.ends = new Int32Array(columns);
    this.#delimiter = delimiter;
    for (const stop of [delimiter, BACKSLASH, CR, LF]) this.#stops[stop] = 1;
  }

  find(window: InputWindow, isLast: boolean): boolean {
    const { bytes, start, end } = window;
    if (this.#isOver && end > start) throw behindMarker();
    const { ends } = this;
    const delimiter = this.#delimiter;
    const stops = this.#stops;
    let fields = this.#seen === 0 ? 0 : this.fields;
    let isEscaped = this.#seen === 0 ? false : this.#isEscaped;
    let at = start + this.#seen;
    for (; at < end; at += 1) {
      let byte = bytes[at] ?? 0;
      while (stops[byte] === 0 && ++at < end) byte = bytes[at] ?? 0;
      if (at === end) break;
      if (byte === delimiter) {
        if (fields < ends.length) ends[fields] = isEscaped ? ~(at - start) : at - start;
        fields += 1;
        isEscaped = false;
      } else if (byte === BACKSLASH) {
        if (at + 1 === end && !isLast) break;
        if (bytes[at + 1] === DOT && at + 1 < end) return this.#marker(window, at, isLast);
        isEscaped = true;
        at += 1;
      } else {
        const length = this.#lineEnds.length(byte, at + 1 < end ? bytes[at + 1] : undefined, isLast);
        if (length === 0) break;
        return this.#found(fields, isEscaped, at - start, length);
      }
    }
    // The last line needs no line break.
    if (isLast && end > start) return this.#found(fields, isEscaped, end - start, 0);
    this.fields = fields;
    this.#isEscaped = isEscaped;
    this.length = this.#seen = at - start;
    return false;
  }

  #found(fields: number, isEscaped: boolean, length: number, lineEnd: number): boolean {
    if (fields < this.ends.length) this.ends[fields] = isEscaped ? ~length : length;
    this.fields = fields + 1;
    this.length = length;
    this.wholeLength = length + lineEnd;
    this.#seen = 0;
    return true;
  }

  /** At `\.`, which stands alone on its line, and has the line break of the lines before it. */
  #marker(window: InputWindow, at: number, isLast: boolean): boolean {
    const { bytes, start, end } = window;
    const [byte, next] = bytes.subarray(at + 2, Math.min(at + 4, end));
    if (at === start && byte === undefined && !isLast) return false;
    const isAlone = at === start && (byte === CR || byte === LF);
    if (!isAlone) throw badRecord('has an end-of-data marker that is not alone on its line');
    const length = this.#lineEnds.length(byte, next, isLast);
    if (length === 0) return false;
    this.#isOver = true;
    window.start = at + 2 + length;
    if (window.start < end) throw behindMarker();
    return false;
  }
}

function behindMarker(): Error {
  return connectorError('END_OF_DATA_MARKER', 'the input goes on behind the end-of-data marker \\.');
}
