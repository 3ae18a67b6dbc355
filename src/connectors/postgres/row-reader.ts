/** Walks over the messages of a query's answer ("Message Formats"): rows where they lie, everything else as it came. */
import { connectorError } from '../../errors.ts';

const DATA_ROW = 0x44;
/** CommandComplete, EmptyQueryResponse, ErrorResponse, ReadyForQuery, and the COPYs, which are no query of rows. */
const FINAL = new Set([0x43, 0x49, 0x45, 0x5a, 0x47, 0x48, 0x57]);
const HEADER_BYTES = 5;

export interface RowListener {
  /** The values of a row, each behind its length, from `start` to `end`; good until the call returns. */
  row(bytes: Buffer, start: number, end: number): void;
  /** Another message, whole. */
  other(message: Buffer): void;
}

export class RowReader {
  readonly #listener: RowListener;
  /** The beginning of a message, in pieces. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** How many bytes there must be before it is worth looking again. */
  #wanted = HEADER_BYTES;

  constructor(listener: RowListener) {
    this.#listener = listener;
  }

  /**
   * Takes what came off the wire. Gives it back from the message on that ends the rows; undefined before.
   *
   * @throws PermanentError `SERVER_ERROR` for what is no message.
   */
  take(chunk: Buffer): Buffer | undefined {
    const bytes = this.#joined(chunk);
    if (bytes === undefined) return undefined;
    let at = 0;
    this.#wanted = HEADER_BYTES;
    while (at + HEADER_BYTES <= bytes.length) {
      const type = bytes[at] ?? 0;
      if (FINAL.has(type)) return bytes.subarray(at);
      const end = at + 1 + bytes.readUInt32BE(at + 1);
      const start = at + HEADER_BYTES;
      if (end < start) throw connectorError('SERVER_ERROR', "the server's messages cannot be read");
      if (end > bytes.length) {
        this.#wanted = end - at;
        break;
      }
      // Behind the number of values, which the description of the rows has told.
      if (type === DATA_ROW) this.#listener.row(bytes, start + 2, end);
      else this.#listener.other(bytes.subarray(at, end));
      at = end;
    }
    if (at < bytes.length) this.#hold(bytes.subarray(at));
    return undefined;
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  /** A row of many megabytes is joined once, not with every piece of it. */
  #joined(chunk: Buffer): Buffer | undefined {
    if (this.#heldBytes === 0) return chunk;
    this.#hold(chunk);
    if (this.#heldBytes < this.#wanted) return undefined;
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }
}
