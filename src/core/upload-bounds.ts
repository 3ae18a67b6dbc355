/** How long each request of an upload may take. */

/** What is left of the wait after one answer to the commit was lost is for asking what became of it. */
const COMMIT_SHARE = 0.6;
const CLEANUP_TRIES = 3;
const LEAST_REQUEST_MS = 30_000;
/** A request may be as slow as this before it is given up and sent again. */
const LEAST_BYTES_PER_MS = 256;

/** Milliseconds for a request with so many bytes. */
export function requestMs(bytes: number): number {
  return Math.max(LEAST_REQUEST_MS, Math.ceil(bytes / LEAST_BYTES_PER_MS));
}

/** Milliseconds of one request each, from those of the whole commit and the whole clean-up. */
export function endingBounds({ commitMs, cleanupMs }: { readonly commitMs: number; readonly cleanupMs: number }) {
  return { commitMs: commitMs * COMMIT_SHARE, cleanupMs: cleanupMs / CLEANUP_TRIES };
}
