/** A listing as one operation, from the first step to the last, or to that at which it is left. */
import type { ConnectorError } from '../errors.ts';
import type { Call } from './call.ts';

export interface ListedCall<E> {
  readonly one: Call;
  /** Opened unless nothing is wanted. */
  readonly pages: () => AsyncIterable<readonly E[]>;
  readonly classify: (error: unknown) => ConnectorError;
  /** So many entries at most. Default: all of them. */
  readonly most?: number;
}

/** The entries of all pages, one by one. Its clock starts with the first step: `begin` is called there. */
export async function* listedCall<E>(begin: () => ListedCall<E>): AsyncGenerator<E, void, undefined> {
  const { one, pages, classify, most = Infinity } = begin();
  let rows = 0;
  one.operation.start();
  try {
    one.deadline.enter('transfer');
    if (most === 0) return;
    for await (const entries of pages()) {
      for (const entry of entries) {
        one.deadline.throwIfEnded();
        rows += 1;
        yield entry;
        if (rows === most) return;
      }
    }
  } catch (error) {
    throw one.failed(classify(error));
  } finally {
    // Leaving early is no failure; after one, this changes nothing.
    one.done({ rows });
  }
}
