/** Rows of COPY's text and CSV formats. */
import { isUtf8 } from 'node:buffer';
import { ConnectorError } from '../../../errors.ts';
import { RawBytes } from '../rows/raw-bytes.ts';
import type { RowShape } from '../rows/row-shape.ts';
import { located, refused } from './decoder.ts';
import type { CopyDecoder } from './decoder.ts';
import { InputWindow } from './input-window.ts';
import { lineBuilder, startsWith } from './line-builder.ts';
import type { LineBuilder } from './line-builder.ts';
import { LF } from './line-ends.ts';
import { badRecord } from './records.ts';
import type { Records } from './records.ts';

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
  readonly maxRecordBytes: number;
}

export class LineDecoder implements CopyDecoder {
  readonly #spec: LineDecoderSpec;
  readonly #window = new InputWindow();
  readonly #raw = new RawBytes();
  readonly #other = new RawBytes();
  readonly #build: LineBuilder;
  /** Position in the input up to which it was seen to be UTF-8 without NUL. */
  #soundTo = 0;
  /** Records that are done with, a header among them. */
  #rows = 0;

  constructor(spec: LineDecoderSpec) {
    this.#spec = spec;
    this.#build = lineBuilder(spec.shape, {
      null: spec.null,
      escaped: (index, start, end) => this.#escaped(index, start, end),
    });
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
    const { records, shape } = this.#spec;
    const { bytes, start, end } = this.#window;
    const { fields, ends, length } = records;
    const { names } = shape;
    if (fields !== names.length) throw badRecord(`has ${fields} fields and not ${names.length}`);
    const raw = this.#raw;
    raw.set(bytes, start, start + length, end);
    try {
      return this.#build(raw, bytes, start, ends);
    } catch (error) {
      throw refused(error, names[raw.column]);
    }
  }

  /** The value of a field that is not written as it is. */
  #escaped(index: number, start: number, end: number): unknown {
    const bytes = this.#plain(start, end);
    if (bytes === undefined) return null;
    const other = this.#other;
    other.setBytes(bytes);
    return this.#spec.shape.readers[index]?.(other, 0, bytes.length);
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

/** The server takes neither NUL nor what is no UTF-8 for a text. */
function isSound(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

function mustBeSound(bytes: Buffer): void {
  if (!isSound(bytes)) throw badRecord('has bytes that are no UTF-8 text');
}
