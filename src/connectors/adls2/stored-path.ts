/** What is at a path, if anything: the question after which a writer knows what became of its requests. */
import { classifyAdlsError } from './errors.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';
import { within } from './within.ts';
import { storedPath } from './write-requests.ts';
import type { StoredPath } from './write-requests.ts';

/**
 * @param responseMs - Bound of the request, in milliseconds.
 * @throws ConnectorError for whatever does not say that nothing is there.
 */
export async function storedAt(
  adls: AdlsRequests,
  target: PathTarget,
  responseMs: number,
  signal?: AbortSignal,
): Promise<StoredPath | undefined> {
  try {
    return await within(responseMs, (cut) => storedPath(adls, target, cut), signal);
  } catch (error) {
    signal?.throwIfAborted();
    const failure = classifyAdlsError(error, 'read');
    if (failure.code === 'NOT_FOUND') return undefined;
    throw failure;
  }
}
