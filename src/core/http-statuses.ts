/** What the statuses of HTTP answers mean here. Knows no vendor. */
import type { ErrorCode } from '../errors.ts';

/** By HTTP status; all that a HEAD, and many a gateway, gives. */
export const HTTP_STATUSES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  // Never followed: another host would be sent a request that is signed for this one.
  [301, 'CONFIG_INVALID'],
  [302, 'CONFIG_INVALID'],
  [303, 'CONFIG_INVALID'],
  [307, 'CONFIG_INVALID'],
  [308, 'CONFIG_INVALID'],
  [401, 'AUTH_FAILED'],
  [403, 'ACCESS_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'RESPONSE_TIMEOUT'],
  [413, 'TOO_LARGE'],
  [416, 'RANGE_NOT_SATISFIABLE'],
  [429, 'THROTTLED'],
  [501, 'REQUEST_REFUSED'],
  [503, 'THROTTLED'],
]);

/** What an answer of this status says when its code is none that is known. */
export function codeOfStatus(status: number): ErrorCode {
  const known = HTTP_STATUSES.get(status);
  if (known !== undefined) return known;
  return status >= 500 ? 'SERVER_ERROR' : status >= 400 ? 'REQUEST_REFUSED' : 'UNKNOWN';
}
