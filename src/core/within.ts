/** One request within its bound, cut when it is given up. */
import { attempt } from './deadline.ts';

/** @throws TimeoutError `RESPONSE_TIMEOUT` after `ms` milliseconds, or the reason of `signal`. */
export type Within = <T>(ms: number, work: (cut: AbortSignal) => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** For the requests to a service, by the name that people know it by. */
export function requestsTo(service: string): Within {
  return (ms, work, signal) =>
    attempt(work, {
      signal,
      timeout: { ms, code: 'RESPONSE_TIMEOUT', message: `${service} did not answer in ${Math.round(ms)} ms` },
    });
}
