/** Removing the temporary path of a write that failed, so that it is seen to be gone. */
import { setTimeout as pause } from 'node:timers/promises';
import { classifyAdlsError } from './errors.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';
import { within } from './within.ts';
import { deleteFile } from './write-requests.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Whether it was `removed`, was not there (`absent`), or ADLS refuses to remove it. Rejects when `signal` fires first.
 *
 * @param responseMs - Bound of one request, in milliseconds.
 */
export async function removeTemporary(
  adls: AdlsRequests,
  target: PathTarget,
  responseMs: number,
  signal: AbortSignal,
): Promise<'removed' | 'absent' | 'refused'> {
  // A deletion whose answer was lost may have happened: what it removed is not there for the next.
  let maybeRemoved = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      await within(responseMs, (cut) => deleteFile(adls, target, cut), signal);
      return 'removed';
    } catch (error) {
      signal.throwIfAborted();
      const failure = classifyAdlsError(error, 'write');
      if (failure.code === 'NOT_FOUND') return maybeRemoved ? 'removed' : 'absent';
      if (!failure.retryable) return 'refused';
      maybeRemoved = true;
    }
    await pause(pauseMs, undefined, { signal });
  }
}
