/**
 * One COPY TO STDOUT on node-postgres' wire. node-postgres would make an object of every row, so while the data comes the
 * socket is read here; what is not data goes to node-postgres' own parser, and so does everything from the end on.
 */
import { CopyDataReader } from './copy-data-reader.ts';
import type { Taken } from './copy-data-reader.ts';
import type { PgConnection } from '../native.ts';
import { TappedAnswer } from '../connection/tapped-answer.ts';

const COPY_DONE = 0x63;
/** As much as may wait here before the socket is paused. */
const READ_AHEAD_BYTES = 256 * 1024;
/** Chunks below this on average are joined: a stream costs more per chunk than the copy. */
const SMALL_BYTES = 16 * 1024;

export class CopyOut extends TappedAnswer {
  /** Rows that the server said it sent. */
  rowCount = 0;
  readonly #command: string;
  readonly #reader = new CopyDataReader();
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  constructor(command: string) {
    super();
    this.#command = command;
  }

  /** The next bytes, or undefined when there are no more: `over` says whether those were all. */
  async read(): Promise<Buffer | undefined> {
    while (this.#waiting.length === 0) {
      if (this.isComplete || this.isOver) return undefined;
      await this.change();
    }
    return this.#next();
  }

  /** Reads on and drops everything until the server has said its last word; beyond `maxBytes` the socket is cut. */
  async drain(maxBytes: number): Promise<void> {
    const mayDrop = maxBytes - this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.drop(mayDrop);
  }

  /** An error is for node-postgres to report. */
  submit(connection: PgConnection): Error | undefined {
    const error = this.readFrom(connection, this.#onData);
    if (error === undefined) connection.query(this.#command);
    return error;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  readonly #onData = (bytes: Buffer): void => {
    const taken = this.#take(bytes);
    if (taken === undefined) return;
    for (const message of taken.others) this.tap?.pass(message);
    this.#put(taken.data);
    if (taken.rest !== undefined) this.#giveBack(taken.rest);
  };

  #take(bytes: Buffer): Taken | undefined {
    try {
      return this.#reader.take(this.tap?.owned === true ? bytes : Buffer.from(bytes));
    } catch (error) {
      this.handleError(error);
      this.tap?.destroy();
      return undefined;
    }
  }

  #put(data: Buffer): void {
    if (data.length === 0 || this.drops(data.length)) return;
    this.#waiting.push(data);
    this.#waitingBytes += data.length;
    if (this.#waitingBytes >= READ_AHEAD_BYTES) this.tap?.pause();
    this.changed();
  }

  #next(): Buffer | undefined {
    const isPaused = this.#waitingBytes >= READ_AHEAD_BYTES;
    const join = this.#waitingBytes / this.#waiting.length < SMALL_BYTES;
    const chunk = join ? Buffer.concat(this.#waiting.splice(0), this.#waitingBytes) : this.#waiting.shift();
    this.#waitingBytes -= chunk?.length ?? 0;
    if (isPaused && this.#waitingBytes < READ_AHEAD_BYTES) this.tap?.resume();
    return chunk;
  }

  /** The data is over; complete where CopyDone says so. */
  #giveBack(rest: Buffer): void {
    this.isComplete = rest[0] === COPY_DONE;
    this.tap?.close(rest);
    this.changed();
  }
}
