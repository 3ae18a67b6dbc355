/** Walks over the messages of a query's answer ("Message Formats"): rows where they lie, everything else as it came. */
import { connectorError } from '../../../errors.ts';
import type { RowDecoder } from './row-decoder.ts';

const DATA_ROW = 0x44;
/** CommandComplete, EmptyQueryResponse, ErrorResponse, ReadyForQuery, and the COPYs, which are no query of rows. */
const FINAL = new Set([0x43, 0x49, 0x45, 0x5a, 0x47, 0x48, 0x57]);
const HEADER_BYTES = 5;

/** Where rows go. */
export interface RowTarget {
  /** Makes a row of the values, each behind its length, from `start` to `end`; undefined where nobody wants any. */
  decode: RowDecoder | undefined;
  /** Another message, whole. */
  other(message: Buffer): void;
}

/** What one piece of the wire held. */
export interface Read {
  readonly rows: readonly unknown[];
  /** Of the rows, those of rows that nobody wanted among them. */
  readonly bytes: number;
  /** From the message on that ends the rows; undefined before. */
  readonly rest: Buffer | undefined;
}

const NOTHING: Read = { rows: [], bytes: 0, rest: undefined };

export class RowReader {
  readonly #target: RowTarget;
  /** The beginning of a message, in pieces. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** How many bytes there must be before it is worth looking again. */
  #wanted = HEADER_BYTES;

  constructor(target: RowTarget) {
    this.#target = target;
  }

  /**
   * Takes what came off the wire.
   *
   * @throws PermanentError `SERVER_ERROR` for what is no message.
   */
  take(chunk: Buffer): Read {
    const wire = this.#joined(chunk);
    if (wire === undefined) return NOTHING;
    const target = this.#target;
    const rows: unknown[] = [];
    let bytes = 0;
    let at = 0;
    this.#wanted = HEADER_BYTES;
    while (at + HEADER_BYTES <= wire.length) {
      const type = wire[at] ?? 0;
      if (FINAL.has(type)) return { rows, bytes, rest: wire.subarray(at) };
      const end = at + 1 + wire.readUInt32BE(at + 1);
      const start = at + HEADER_BYTES;
      if (end < start) throw connectorError('SERVER_ERROR', "the server's messages cannot be read");
      if (end > wire.length) {
        this.#wanted = end - at;
        break;
      }
      if (type === DATA_ROW) {
        bytes += end - start;
        // Behind the number of values, which the description of the rows has told.
        const row = target.decode?.(wire, start + 2, end);
        if (row !== undefined) rows.push(row);
      } else target.other(wire.subarray(at, end));
      at = end;
    }
    if (at < wire.length) this.#hold(wire.subarray(at));
    return { rows, bytes, rest: undefined };
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
