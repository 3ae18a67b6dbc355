/** Rows of COPY's binary format (Postgres manual, "COPY", "Binary Format"). */
import { ConnectorError } from '../../../errors.ts';
import { SIGNATURE } from '../binary-format.ts';
import type { ValueReader } from '../raw-row.ts';
import { located } from './decoder.ts';
import type { CopyDecoder } from './decoder.ts';
import { InputWindow } from './input-window.ts';
import { badRecord } from './records.ts';
import { Raw, refused } from './rows.ts';
import type { RowShape } from './rows.ts';

const [FLAGS_BYTES, LENGTH_BYTES, COUNT_BYTES] = [4, 4, 2] as const;
const HEADER_BYTES = SIGNATURE.length + FLAGS_BYTES + LENGTH_BYTES;
/** Who does not know one of these flags must not read on. */
const CRITICAL_FLAGS = 0xffff_0000;
const TRAILER = -1;

export interface BinaryDecoderSpec {
  readonly shape: RowShape;
  /** One for each column. */
  readonly readers: readonly ValueReader[];
  readonly maxRecordBytes: number;
}

export class BinaryDecoder implements CopyDecoder {
  readonly #spec: BinaryDecoderSpec;
  readonly #window = new InputWindow();
  readonly #raw = new Raw();
  /** Where the fields of the record end, from its start on; NULL has the complement (`~`). */
  readonly #ends: Int32Array;
  /** The record was looked at up to here, and has so many whole fields. */
  #seen = 0;
  #fields = 0;
  #rows = 0;
  #place: 'header' | 'extension' | 'rows' | 'end' = 'header';
  #toSkip = 0;

  constructor(spec: BinaryDecoderSpec) {
    this.#spec = spec;
    this.#ends = new Int32Array(spec.readers.length);
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
    const { readers, maxRecordBytes } = this.#spec;
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
      if (count !== readers.length) throw badRecord(`has ${count} fields and not ${readers.length}`);
      this.#fields = 0;
    }
    for (; this.#fields < readers.length; this.#fields += 1) {
      if (end - at < LENGTH_BYTES) break;
      const length = bytes.readInt32BE(at);
      const next = at + LENGTH_BYTES + Math.max(0, length);
      if (length < -1) throw badRecord('has a field of an impossible length');
      if (next - start > maxRecordBytes) throw badRecord(`has more than ${maxRecordBytes} bytes (maxRecordBytes)`);
      if (next > end) break;
      this.#ends[this.#fields] = length === -1 ? ~(next - start) : next - start;
      at = next;
    }
    this.#seen = at - start;
    return this.#fields === readers.length;
  }

  #row(): unknown {
    const { readers, shape } = this.#spec;
    const { bytes, start, end } = this.#window;
    const ends = this.#ends;
    const raw = this.#raw;
    raw.set(bytes, start, start + this.#seen, end);
    const row = shape.empty();
    let from = start + COUNT_BYTES + LENGTH_BYTES;
    let index = 0;
    try {
      for (; index < readers.length; index += 1) {
        const mark = ends[index] ?? 0;
        const key = shape.keys[index] ?? index;
        const to = start + (mark < 0 ? ~mark : mark);
        row[key] = mark < 0 ? null : readers[index]?.(raw, from, to);
        from = to + LENGTH_BYTES;
      }
    } catch (error) {
      throw refused(error, shape.names[index]);
    }
    return row;
  }
}
