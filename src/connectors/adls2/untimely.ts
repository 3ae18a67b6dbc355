/**
 * Whether it is for its time that a signature was refused: the account says only that it is wrong, so the times that
 * were sent are compared with the `Date` of the answer. No time is repeated, nor anything else that was signed.
 */
import { headerOf, read, textOf } from '../../core/foreign.ts';
import type { ErrorCode } from '../../errors.ts';

export interface Untimely {
  readonly code: ErrorCode;
  /** What to do about it. */
  readonly remedy: string;
}

/** How far a request's clock may be from the account's ("Authorize with Shared Key", the Date header). */
const MAX_SKEW_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** What a request was refused for (403 `AuthenticationFailed`), if it was its time. */
export function untimelySignature(error: unknown): Untimely | undefined {
  const now = Date.parse(headerOf(read(error, 'response'), 'date') ?? '');
  const request = read(error, 'request');
  const sent = Date.parse(headerOf(request, 'x-ms-date') ?? '');
  return untimelyAccess(textOf(request, 'url') ?? '', now) ?? clockApart(sent, now);
}

/** A shared access signature, by the times it holds: its start and its end. */
function untimelyAccess(url: string, now: number): Untimely | undefined {
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1));
  if (!query.has('sig')) return undefined;
  if (Date.parse(query.get('se') ?? '') <= now) {
    return { code: 'AUTH_EXPIRED', remedy: 'the shared access signature has expired' };
  }
  const isEarly = Date.parse(query.get('st') ?? '') > now;
  return isEarly ? { code: 'AUTH_FAILED', remedy: 'the shared access signature is not valid yet' } : undefined;
}

/** A shared key, by the time that is signed with it. */
function clockApart(sent: number, now: number): Untimely | undefined {
  if (!(Math.abs(sent - now) > MAX_SKEW_MS)) return undefined;
  const minutes = Math.round(Math.abs(sent - now) / MINUTE_MS);
  const side = sent < now ? 'behind' : 'ahead of';
  return { code: 'AUTH_FAILED', remedy: `the clock of this machine is ${minutes} minutes ${side} that of the account` };
}
