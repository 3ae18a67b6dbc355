/** The bytes of rows, and the text that their values are pieces of. One for all rows of a result or an input. */
import { isAscii } from 'node:buffer';
import type { RowInMaking } from './raw-row.ts';

/** A piece of a text keeps all of it in memory: rows share one of at most so many bytes, and of a longer row there is none. */
const MOST_TEXT_BYTES = 4_096;

export class RawBytes implements RowInMaking {
  bytes: Buffer = Buffer.alloc(0);
  text: string | undefined;
  start = 0;
  isAscii = false;
  column = 0;
  #textEnd = 0;

  /** A row from `start` to `end`, behind which there are bytes up to `limit`. */
  set(bytes: Buffer, start: number, end: number, limit: number): void {
    if (bytes === this.bytes && start >= this.start && end <= this.#textEnd) return;
    this.bytes = bytes;
    this.start = start;
    this.#textEnd = end - start > MOST_TEXT_BYTES ? 0 : Math.min(limit, start + MOST_TEXT_BYTES);
    this.text = this.#textEnd === 0 ? undefined : bytes.toString('latin1', start, this.#textEnd);
    this.isAscii = this.text !== undefined && isAscii(bytes.subarray(start, this.#textEnd));
  }

  /** Bytes of which no text is made beforehand. */
  setBytes(bytes: Buffer): void {
    this.bytes = bytes;
    this.start = 0;
    this.text = undefined;
    this.isAscii = false;
  }

  /** The bytes have become others. */
  forget(): void {
    this.#textEnd = 0;
  }
}
