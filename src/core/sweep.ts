/** Leftovers that are found and removed, several at a time; those that may not be removed are told at the end. */
import pLimit from 'p-limit';
import { connectorError } from '../errors.ts';
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

/** Those that were removed. @throws PermanentError `PARTIAL_FAILURE` with `failures`. */
export async function sweep<T>({ found, remove, concurrency, plural }: Sweep<T>): Promise<readonly T[]> {
  const leftovers: T[] = [];
  for await (const leftover of found) leftovers.push(leftover);
  const limit = pLimit(concurrency);
  const swept: T[] = [];
  const failures: KeyFailure[] = [];
  let isOver = false;
  const one = async (leftover: T): Promise<void> => {
    if (isOver) return;
    const removed = await remove(leftover).catch((error: unknown) => {
      isOver = true;
      throw error;
    });
    if (removed === true) swept.push(leftover);
    else if (removed !== false) failures.push(removed);
  };
  const removals = leftovers.map((leftover) => limit(one, leftover));
  // What is under way when one fails ends within the call, whose signal is heard no longer than that.
  await Promise.all(removals).finally(() => Promise.allSettled(removals));
  if (failures.length === 0) return swept;
  const message = `${failures.length} ${plural} could not be removed, and ${swept.length} were`;
  throw connectorError('PARTIAL_FAILURE', message, { failures });
}
