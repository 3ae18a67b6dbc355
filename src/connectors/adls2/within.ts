/** One request to ADLS within its bound, cut when it is given up. */
import { attempt } from '../../core/deadline.ts';

/** @throws TimeoutError `RESPONSE_TIMEOUT` after `ms` milliseconds, or the reason of `signal`. */
export function within<T>(ms: number, work: (cut: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
  return attempt(work, {
    signal,
    timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `ADLS did not answer in ${Math.round(ms)} ms` },
  });
}
