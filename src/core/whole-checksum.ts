/** The CRC-32 of a whole object: what the store holds of it, asked for while the bytes flow, against what was read. */
import { connectorError } from '../errors.ts';
import { createChecksum } from './checksum.ts';
import { attempt } from './deadline.ts';
import type { RangeReader, RangedOptions } from './ranged-source.ts';
import { withRetry } from './retry.ts';
import type { RetryHooks } from './retry.ts';

export class WholeChecksum {
  readonly #digest = createChecksum('crc32');
  #expected: Promise<string | undefined> | undefined;

  /** What the store holds; while that is undefined, nothing is computed and nothing compared. */
  expect(expected: string | undefined): void {
    this.#expected = expected === undefined ? undefined : Promise.resolve(expected);
  }

  /** Asks the store, for a reader of the whole object. */
  ask(reader: RangeReader<unknown>, version: string, options: RangedOptions, hooks: RetryHooks): void {
    const { signal } = hooks;
    const { start, end, retry, responseMs: ms } = options;
    if (reader.wholeCrc32 === undefined || start !== 0 || end !== undefined) return;
    const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: `no checksum was answered for ${ms} ms` } as const;
    const once = async (): Promise<string | undefined> => {
      try {
        return await attempt(async (cut) => reader.wholeCrc32?.(version, cut), { signal, timeout });
      } catch (error) {
        throw reader.classify(error);
      }
    };
    this.#expected = withRetry(once, retry, hooks);
    // A failure is looked at after the last byte; a store that holds none saves computing it.
    this.#expected.then(
      (expected) => this.expect(expected),
      () => undefined,
    );
  }

  update(chunk: Buffer): void {
    if (this.#expected !== undefined) this.#digest.update(chunk);
  }

  /** @throws PermanentError `CHECKSUM_MISMATCH`, or why the store could not be asked. */
  async verify(): Promise<void> {
    const expected = await this.#expected;
    if (expected === undefined || expected === this.#digest.digest()) return;
    throw connectorError('CHECKSUM_MISMATCH', 'the bytes read do not match the CRC-32 that the store holds');
  }
}
