/** Rows of COPY's binary format (Postgres manual, "COPY", "Binary Format"). */
import { ConnectorError } from '../../../errors.ts';
import { SIGNATURE } from '../copy/binary-format.ts';
import { RawBytes } from '../rows/raw-bytes.ts';
import { rowBuilder } from '../rows/row-builder.ts';
import type { RowBuilder } from '../rows/row-builder.ts';
import type { RowShape } from '../rows/row-shape.ts';
import { located, refused } from './decoder.ts';
import type { CopyDecoder } from './decoder.ts';
import { InputWindow } from './input-window.ts';
import { badRecord } from './records.ts';

const [FLAGS_BYTES, LENGTH_BYTES, COUNT_BYTES] = [4, 4, 2] as const;
const HEADER_BYTES = SIGNATURE.length + FLAGS_BYTES + LENGTH_BYTES;
/** Who does not know one of these flags must not read on. */
const CRITICAL_FLAGS = 0xffff_0000;
const TRAILER = -1;

export interface BinaryDecoderSpec {
  readonly shape: RowShape;
  readonly maxRecordBytes: number;
}

export class BinaryDecoder implements CopyDecoder {
  readonly #spec: BinaryDecoderSpec;
  readonly #window = new InputWindow();
  readonly #raw = new RawBytes();
  readonly #build: RowBuilder;
  /** The record was looked at up to here, and has so many whole fields. */
  #seen = 0;
  #fields = 0;
  #rows = 0;
  #place: 'header' | 'extension' | 'rows' | 'end' = 'header';
  #toSkip = 0;

  constructor(spec: BinaryDecoderSpec) {
    this.#spec = spec;
    this.#build = rowBuilder(spec.shape);
  }

  take(chunk: Buffer): void {
    this.#window.add(chunk);
    this.#raw.forget();
  }

  next(isLast: boolean): unknown {
    const window = this.#window;
    try {
      if (this.#isAtRows() && this.#find()) {
        const row = this.#row();
        window.start += this.#seen;
        this.#seen = 0;
        this.#rows += 1;
        return row;
      }
      if (this.#place === 'end' && window.length > 0) throw badRecord('is behind the trailer');
      if (isLast && this.#place !== 'end') throw badRecord('is cut off: the input ends without a trailer');
      return undefined;
    } catch (error) {
      throw error instanceof ConnectorError ? located(error, this.#rows + 1, window.offset) : error;
    }
  }

  /** Whether the header is behind us, and the trailer is not. */
  #isAtRows(): boolean {
    const window = this.#window;
    if (this.#place === 'header') {
      if (window.length < HEADER_BYTES) return false;
      const header = window.bytes.subarray(window.start, window.start + HEADER_BYTES);
      if (!header.subarray(0, SIGNATURE.length).equals(SIGNATURE))
        throw badRecord('does not begin with the signature of the binary format');
      if ((header.readUInt32BE(SIGNATURE.length) & CRITICAL_FLAGS) !== 0)
        throw badRecord('has unknown flags in its header');
      this.#toSkip = header.readUInt32BE(SIGNATURE.length + FLAGS_BYTES);
      this.#place = 'extension';
      window.start += HEADER_BYTES;
    }
    if (this.#place === 'extension') {
      const skipped = Math.min(this.#toSkip, window.length);
      window.start += skipped;
      this.#toSkip -= skipped;
      if (this.#toSkip === 0) this.#place = 'rows';
    }
    return this.#place === 'rows';
  }

  /** Looks for the end of the record; false where it has not come, or there is none. */
  #find(): boolean {
    const { bytes, start, end } = this.#window;
    const { shape, maxRecordBytes } = this.#spec;
    const columns = shape.names.length;
    let at = start + this.#seen;
    if (this.#seen === 0) {
      if (end - at < COUNT_BYTES) return false;
      const count = bytes.readInt16BE(at);
      at += COUNT_BYTES;
      if (count === TRAILER) {
        this.#place = 'end';
        this.#window.start = at;
        return false;
      }
      if (count !== columns) throw badRecord(`has ${count} fields and not ${columns}`);
      this.#fields = 0;
    }
    for (; this.#fields < columns; this.#fields += 1) {
      if (end - at < LENGTH_BYTES) break;
      const length = bytes.readInt32BE(at);
      const next = at + LENGTH_BYTES + Math.max(0, length);
      if (length < -1) throw badRecord('has a field of an impossible length');
      if (next - start > maxRecordBytes) throw badRecord(`has more than ${maxRecordBytes} bytes (maxRecordBytes)`);
      if (next > end) break;
      at = next;
    }
    this.#seen = at - start;
    return this.#fields === columns;
  }

  #row(): unknown {
    const { bytes, start, end } = this.#window;
    const raw = this.#raw;
    const rowEnd = start + this.#seen;
    raw.set(bytes, start, rowEnd, end);
    try {
      return this.#build(raw, bytes, start + COUNT_BYTES, rowEnd);
    } catch (error) {
      throw refused(error, this.#spec.shape.names[raw.column]);
    }
  }
}
