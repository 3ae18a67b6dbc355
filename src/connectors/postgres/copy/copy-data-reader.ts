/**
 * Takes COPY's data out of the server's messages ("COPY Operations"): one CopyData per row, which is compacted where it
 * lies, so that what arrived in one piece goes on in one piece, without another buffer.
 */
import { connectorError } from '../../../errors.ts';

const COPY_DATA = 0x64;
/** CopyOutResponse, and what a server may send at any time: notices, notifications, changed parameters. */
const BESIDE_THE_DATA = new Set([0x48, 0x4e, 0x41, 0x53]);
const HEADER_BYTES = 5;

export interface Taken {
  readonly data: Buffer;
  /** Whole messages that are none of COPY's data. */
  readonly others: readonly Buffer[];
  /** From the message on that ends the data, be it CopyDone or an error; undefined before. */
  readonly rest: Buffer | undefined;
}

export class CopyDataReader {
  /** Bytes of a CopyData that have not come yet. */
  #missing = 0;
  /** The beginning of a message that cannot be read yet. */
  #held: Buffer | undefined;

  /**
   * Takes what came off the wire. `bytes` is overwritten, and parts of it are given back.
   *
   * @throws PermanentError `SERVER_ERROR` for what is no message.
   */
  take(bytes: Buffer): Taken {
    const wire = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = undefined;
    let at = Math.min(this.#missing, wire.length);
    let filled = at;
    this.#missing -= at;
    const others: Buffer[] = [];
    while (at + HEADER_BYTES <= wire.length) {
      const type = wire[at] ?? 0;
      const end = at + 1 + wire.readUInt32BE(at + 1);
      const start = at + HEADER_BYTES;
      if (end < start) throw connectorError('SERVER_ERROR', "the server's messages cannot be read");
      if (type === COPY_DATA) {
        wire.copyWithin(filled, start, end);
        at = Math.min(end, wire.length);
        filled += at - start;
        this.#missing = end - at;
      } else if (!BESIDE_THE_DATA.has(type)) {
        return { data: wire.subarray(0, filled), others, rest: wire.subarray(at) };
      } else if (end <= wire.length) {
        // Its place may be compacted over.
        others.push(Buffer.from(wire.subarray(at, end)));
        at = end;
      } else break;
    }
    if (at < wire.length) this.#held = Buffer.from(wire.subarray(at));
    return { data: wire.subarray(0, filled), others, rest: undefined };
  }
}
