/** What a target throws when a promise is broken, in few words: inputs may be megabytes. */
import { createHash } from 'node:crypto';
import { ConnectorError } from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';

export class Broken extends Error {
  override readonly name = 'Broken';
}

export function must(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Broken(promise);
}

export const fingerprint = (bytes: Buffer): string =>
  `${bytes.length} bytes, sha256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;

export const mustEqual = (actual: Buffer, expected: Buffer, promise: string): void =>
  must(actual.equals(expected), `${promise}: ${fingerprint(actual)} and not ${fingerprint(expected)}`);

/** The code of one of our errors that may come here; any other error is thrown on. */
export function codeAmong(error: unknown, codes: readonly ErrorCode[]): ErrorCode {
  if (error instanceof ConnectorError && codes.includes(error.code)) return error.code;
  throw new Broken('it threw what it should not throw', { cause: error });
}

/** What `work` gives, or the code of the error it throws. */
export function attempt<T>(codes: readonly ErrorCode[], work: () => T): { value: T } | { code: ErrorCode } {
  try {
    return { value: work() };
  } catch (error) {
    return { code: codeAmong(error, codes) };
  }
}
