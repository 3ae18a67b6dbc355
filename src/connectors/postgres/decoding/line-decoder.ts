/** Rows of COPY's text and CSV formats. */
import { isUtf8 } from 'node:buffer';
import { ConnectorError } from '../../../errors.ts';
import type { ValueReader } from '../raw-row.ts';
import { located } from './decoder.ts';
import type { CopyDecoder } from './decoder.ts';
import { InputWindow } from './input-window.ts';
import { LF } from './line-ends.ts';
import { badRecord } from './records.ts';
import type { Records } from './records.ts';
import { Raw, refused } from './rows.ts';
import type { RowShape } from './rows.ts';

export interface LineFormat {
  readonly records: Records;
  /** The bytes that a field stands for that is not written as it is. */
  readonly plain: (bytes: Buffer, start: number, end: number) => Buffer;
  /** What stands for NULL, as it is written. */
  readonly null: Buffer;
  readonly header: boolean | 'match';
}

export interface LineDecoderSpec extends LineFormat {
  readonly shape: RowShape;
  /** One for each column. */
  readonly readers: readonly ValueReader[];
  readonly maxRecordBytes: number;
}

export class LineDecoder implements CopyDecoder {
  readonly #spec: LineDecoderSpec;
  readonly #window = new InputWindow();
  readonly #raw = new Raw();
  readonly #other = new Raw();
  /** Position in the input up to which it was seen to be UTF-8 without NUL. */
  #soundTo = 0;
  /** Records that are done with, a header among them. */
  #rows = 0;

  constructor(spec: LineDecoderSpec) {
    this.#spec = spec;
  }

  take(chunk: Buffer): void {
    const window = this.#window;
    window.add(chunk);
    this.#raw.forget();
    // A line break is no part of a character: up to the last one, all are whole.
    const from = Math.max(window.start, this.#soundTo - window.offset + window.start);
    const to = window.bytes.lastIndexOf(LF, window.end - 1) + 1;
    if (to > from && isSound(window.bytes.subarray(from, to))) this.#soundTo = window.offset + to - window.start;
  }

  next(isLast: boolean): unknown {
    const window = this.#window;
    const { records, header } = this.#spec;
    try {
      while (this.#find(isLast)) {
        const isHeader = this.#rows === 0 && header !== false;
        if (isHeader) this.#checkHeader(header);
        const row = isHeader ? undefined : this.#row();
        this.#rows += 1;
        window.start += records.wholeLength;
        if (!isHeader) return row;
      }
      return undefined;
    } catch (error) {
      throw error instanceof ConnectorError ? located(error, this.#rows + 1, window.offset) : error;
    }
  }

  #find(isLast: boolean): boolean {
    const { records, maxRecordBytes } = this.#spec;
    const window = this.#window;
    const isFound = records.find(window, isLast);
    if (records.length > maxRecordBytes) {
      throw badRecord(`has more than ${maxRecordBytes} bytes (maxRecordBytes); is a quote never closed?`);
    }
    if (isFound && window.offset + records.length > this.#soundTo) {
      mustBeSound(window.bytes.subarray(window.start, window.start + records.length));
    }
    return isFound;
  }

  #row(): unknown {
    const { records, readers, shape, null: nullBytes } = this.#spec;
    const { bytes, start, end } = this.#window;
    const { ends, length } = records;
    if (records.fields !== readers.length) throw badRecord(`has ${records.fields} fields and not ${readers.length}`);
    const raw = this.#raw;
    raw.set(bytes, start, start + length, end);
    const row = shape.empty();
    let from = start;
    let index = 0;
    try {
      for (; index < readers.length; index += 1) {
        const mark = ends[index] ?? 0;
        const key = shape.keys[index] ?? index;
        if (mark >= 0) {
          const to = start + mark;
          const isNull = to - from === nullBytes.length && startsWith(bytes, from, nullBytes);
          row[key] = isNull ? null : readers[index]?.(raw, from, to);
          from = to + 1;
        } else {
          row[key] = this.#escaped(index, from, start + ~mark);
          from = start + ~mark + 1;
        }
      }
    } catch (error) {
      throw refused(error, shape.names[index]);
    }
    return row;
  }

  /** The value of a field that is not written as it is. */
  #escaped(index: number, start: number, end: number): unknown {
    const bytes = this.#plain(start, end);
    if (bytes === undefined) return null;
    const other = this.#other;
    other.setBytes(bytes);
    return this.#spec.readers[index]?.(other, 0, bytes.length);
  }

  /** The bytes of a field that is not written as it is; undefined for NULL. */
  #plain(start: number, end: number): Buffer | undefined {
    const { plain, null: nullBytes } = this.#spec;
    const { bytes } = this.#window;
    if (end - start === nullBytes.length && startsWith(bytes, start, nullBytes)) return undefined;
    const stood = plain(bytes, start, end);
    mustBeSound(stood);
    return stood;
  }

  /** A header that is not asked to match is nobody's business, as it is on the server. */
  #checkHeader(header: true | 'match'): void {
    if (header !== 'match') return;
    const { records, shape } = this.#spec;
    const { names } = shape;
    if (records.fields !== names.length)
      throw badRecord(`is a header of ${records.fields} names and not ${names.length}`);
    let from = this.#window.start;
    for (const [index, name] of names.entries()) {
      const mark = records.ends[index] ?? 0;
      const to = this.#window.start + (mark < 0 ? ~mark : mark);
      const found = mark < 0 ? this.#plain(from, to) : this.#window.bytes.subarray(from, to);
      if (found?.toString() !== name) throw badRecord(`is a header whose name ${index + 1} is not that of the column`);
      from = to + 1;
    }
  }
}

function startsWith(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1) if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** The server takes neither NUL nor what is no UTF-8 for a text. */
function isSound(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

function mustBeSound(bytes: Buffer): void {
  if (!isSound(bytes)) throw badRecord('has bytes that are no UTF-8 text');
}
