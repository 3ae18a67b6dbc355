/** How long an answer asks to be left alone. Knows no vendor. */

/** Milliseconds that a `Retry-After` asks to wait: seconds, or an HTTP date (RFC 9110, section 10.2.3). */
export function retryAfterMs(header: unknown): number | undefined {
  if (typeof header !== 'string') return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}
