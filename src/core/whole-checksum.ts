/** The checksum that a store holds of a whole object, asked for as its bytes begin to flow, against what was read. */
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';
import { createChecksum } from './checksum.ts';
import type { Checksum, ChecksumAlgorithm } from './checksum.ts';
import { attempt } from './deadline.ts';
import type { RangeReader, RangedOptions } from './ranged-source.ts';
import { withRetry } from './retry.ts';
import type { RetryHooks } from './retry.ts';

/** What a store holds of an object: checksums of the pieces that it consists of, in their order; one of the whole is of one. */
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly pieces: readonly {
    /** Bytes. */
    readonly size: number;
    /** Base64. */
    readonly value: string;
  }[];
}

/** One version of an object. */
export interface StoredVersion {
  readonly version: string;
  readonly totalBytes: number;
}

export class WholeChecksum {
  readonly #reader: RangeReader<unknown>;
  #asked: Promise<StoredChecksum | undefined> | undefined;
  #stored: StoredChecksum | undefined;
  /** The piece that is being read, and how many of its bytes are still to come. */
  #piece = 0;
  #missing = 0;
  #digest: Checksum | undefined;

  constructor(reader: RangeReader<unknown>) {
    this.#reader = reader;
  }

  /**
   * What the store holds; nothing is computed and nothing compared where that is undefined.
   *
   * @throws PermanentError `CHECKSUM_MISMATCH` for pieces without bytes.
   */
  expect(stored: StoredChecksum | undefined): void {
    this.#stored = stored;
    this.#begin();
    this.#compare();
  }

  /** Asks the store, for a reader of the whole object. */
  ask(object: StoredVersion, options: RangedOptions, hooks: RetryHooks): void {
    const reader = this.#reader;
    const { signal } = hooks;
    const { start, end, retry, responseMs: ms } = options;
    if (reader.stored === undefined || start !== 0 || end !== undefined) return;
    const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `no checksum was answered for ${ms} ms` } as const;
    const once = async (): Promise<StoredChecksum | undefined> => {
      try {
        return await attempt(async (cut) => reader.stored?.(object, cut), { signal, timeout });
      } catch (error) {
        throw reader.classify(error);
      }
    };
    this.#asked = withRetry(once, retry, hooks);
    // A failure is met by whoever waits for the first byte, if anybody still does.
    this.#asked.catch(() => undefined);
  }

  /** It was asked for and has not come yet: a byte that passed now could not be computed with. */
  get isAwaited(): boolean {
    return this.#asked !== undefined;
  }

  /** @throws ConnectorError why the store could not be asked. */
  async arrived(): Promise<void> {
    this.expect(await this.#asked);
    this.#asked = undefined;
  }

  /**
   * Takes the next bytes.
   *
   * @throws PermanentError `CHECKSUM_MISMATCH` where they complete a piece, or belong to none.
   */
  update(chunk: Buffer): void {
    if (this.#stored === undefined) return;
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#digest === undefined) throw this.#mismatch();
      const next = rest.subarray(0, this.#missing);
      rest = rest.subarray(next.length);
      this.#digest.update(next);
      this.#missing -= next.length;
      this.#compare();
    }
  }

  /** @throws PermanentError `CHECKSUM_MISMATCH` if the store holds more pieces than were read. */
  verify(): void {
    if (this.#digest !== undefined) throw this.#mismatch();
  }

  #begin(): void {
    const { algorithm, pieces } = this.#stored ?? NONE;
    const piece = pieces[this.#piece];
    this.#digest = piece === undefined ? undefined : createChecksum(algorithm);
    this.#missing = piece?.size ?? 0;
  }

  /** Each piece that is complete. */
  #compare(): void {
    const { pieces } = this.#stored ?? NONE;
    while (this.#missing === 0 && this.#digest !== undefined) {
      if (this.#digest.digest() !== pieces[this.#piece]?.value) throw this.#mismatch();
      this.#piece += 1;
      this.#begin();
    }
  }

  #mismatch(): ConnectorError {
    const { algorithm, pieces } = this.#stored ?? NONE;
    const what =
      pieces.length > 1 ? `the bytes read for part ${this.#piece + 1} of ${pieces.length}` : 'the bytes read';
    const message = `${what} do not match the ${algorithm} that the store holds`;
    return this.#reader.classify(connectorError('CHECKSUM_MISMATCH', message));
  }
}

const NONE: StoredChecksum = { algorithm: 'crc32', pieces: [] };
