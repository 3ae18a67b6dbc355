/** Leftovers that are found and removed, several at a time; those that may not be removed are told at the end. */
import pLimit from 'p-limit';
import { ConnectorError, connectorError, withDetails } from '../errors.ts';
import type { KeyFailure } from '../errors.ts';

export interface Sweep<T> {
  /** All are found before the first is removed: a listing goes on from an entry, which must not be gone by then. */
  readonly found: AsyncIterable<T>;
  /** Whether it was removed; false where it is a leftover no more. */
  readonly remove: (leftover: T) => Promise<boolean | KeyFailure>;
  readonly concurrency: number;
  /** What they are, for the message. */
  readonly plural: string;
}

/**
 * Those that were removed.
 *
 * @throws PermanentError `PARTIAL_FAILURE` with `failures`; and what `remove` throws, after which nothing more is removed:
 * its outcome is unknown where something was.
 */
export async function sweep<T>({ found, remove, concurrency, plural }: Sweep<T>): Promise<readonly T[]> {
  const leftovers: T[] = [];
  for await (const leftover of found) leftovers.push(leftover);
  const limit = pLimit(concurrency);
  const swept: T[] = [];
  const failures: KeyFailure[] = [];
  let broken: { readonly error: unknown } | undefined;
  const one = async (leftover: T): Promise<void> => {
    if (broken !== undefined) return;
    try {
      const removed = await remove(leftover);
      if (removed === true) swept.push(leftover);
      else if (removed !== false) failures.push(removed);
    } catch (error) {
      broken ??= { error };
    }
  };
  // What is under way when one fails ends within the call, whose signal is heard no longer than that.
  await Promise.all(leftovers.map((leftover) => limit(one, leftover)));
  if (broken !== undefined) throw swept.length === 0 ? broken.error : notUndone(broken.error);
  if (failures.length === 0) return swept;
  const message = `${failures.length} ${plural} could not be removed, and ${swept.length} were`;
  throw connectorError('PARTIAL_FAILURE', message, { failures });
}

function notUndone(error: unknown): unknown {
  return error instanceof ConnectorError ? withDetails(error, { outcome: 'unknown' }) : error;
}
