/** How requests to a test server lay over each other in time. */

interface Span {
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
}

/** The most that were under way at once. */
export function widest(entries: readonly Span[]): number {
  const overlaps = (at: number) =>
    entries.filter(({ startedAt, endedAt = Infinity }) => startedAt <= at && at < endedAt).length;
  return Math.max(0, ...entries.map(({ startedAt }) => overlaps(startedAt)));
}
