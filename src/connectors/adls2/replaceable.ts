/** What is at the path that a file is to be renamed to: a rename by itself breaks a lease, and does not say of what it misses. */
import { connectorError } from '../../errors.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';
import { storedAt } from './stored-path.ts';
import type { PublishCondition } from './write-requests.ts';

/**
 * Asks, where something may be replaced. What changes between the answer and the rename is met by the rename's own
 * condition, a lease that is taken in that time excepted.
 *
 * @throws PermanentError `REQUEST_REFUSED` for a directory or a leased file, `OBJECT_CHANGED` for another ETag than that of
 * `ifMatch`; NotFoundError `NOT_FOUND` where it is wanted and there is none.
 */
export async function checkReplaceable(
  adls: AdlsRequests,
  target: PathTarget,
  { condition, responseMs }: { readonly condition: PublishCondition; readonly responseMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { ifNoneMatch, ifMatch } = condition;
  if (ifNoneMatch !== undefined) return;
  const found = await storedAt(adls, target, responseMs, signal);
  if (found === undefined) {
    if (ifMatch !== undefined) throw connectorError('NOT_FOUND', 'there is no file to replace');
  } else if (found.isDirectory) {
    throw connectorError('REQUEST_REFUSED', 'a directory is there, which no file replaces');
  } else if (found.isLeased) {
    throw connectorError('REQUEST_REFUSED', 'the file is leased, and to replace it would break the lease');
  } else if (ifMatch !== undefined && found.etag !== ifMatch) {
    throw connectorError('OBJECT_CHANGED', 'the file is no longer the one that was to be replaced');
  }
}
