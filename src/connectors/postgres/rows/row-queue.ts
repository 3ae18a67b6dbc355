/**
 * Rows of a portal that nobody has taken yet, and how far it is asked ahead: of rows that are here, given out or on their
 * way there are two batches at most.
 */
import type { Batch } from '../../../core/source.ts';

export interface QueueLimits {
  /** Rows that are asked for at a time. */
  readonly batchSize: number;
  /** So many bytes of rows that nobody has taken are enough. */
  readonly maxBatchBytes: number;
}

export class RowQueue {
  /** Rows that came. */
  rowCount = 0;
  readonly #limits: QueueLimits;
  #rows: readonly unknown[] = [];
  #bytes = 0;
  #asked: number;
  /** Batches that the server has not come to the end of. */
  #underWay = 1;
  /** Rows that were given out last, until more are wanted. */
  #given = 0;
  /** A batch has ended before its query: it is one that can be asked for more. */
  #isResumable = false;

  /** The first batch is asked for with the query. */
  constructor(limits: QueueLimits) {
    this.#limits = limits;
    this.#asked = limits.batchSize;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limits.maxBatchBytes;
  }

  /** Whether there is no batch that the server has to come to the end of. */
  get isIdle(): boolean {
    return this.#underWay === 0;
  }

  put(rows: readonly unknown[], bytes: number): void {
    this.rowCount += rows.length;
    this.#bytes += bytes;
    this.#rows = this.isEmpty ? rows : this.#rows.concat(rows);
  }

  /** All that is here. */
  take(): Batch {
    const batch = { rows: this.#rows, bytes: this.#bytes };
    this.#given = batch.rows.length;
    this.drop();
    return batch;
  }

  drop(): void {
    this.#rows = [];
    this.#bytes = 0;
  }

  /** What was given out is used up. */
  wantMore(): void {
    this.#given = 0;
  }

  /** The server has come to the end of a batch, and not of the rows. */
  suspended(): void {
    this.#underWay -= 1;
    this.#isResumable = true;
  }

  /** Whether another batch may be asked for, which is then under way. */
  ask(): boolean {
    const { batchSize } = this.#limits;
    const onTheirWay = this.#asked - this.rowCount;
    const isDue = this.#given + this.#rows.length + onTheirWay <= batchSize;
    if (!this.#isResumable || this.isFull || !isDue) return false;
    this.#underWay += 1;
    this.#asked += batchSize;
    return true;
  }
}
