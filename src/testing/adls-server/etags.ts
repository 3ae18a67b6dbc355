/** ETags as the service makes them: the time in ticks of 100 ns since the year 1, in hex; no two alike. */

export type NewEtag = (now: Date) => string;

/** 1970-01-01 in .NET's ticks. */
const UNIX_EPOCH = 621_355_968_000_000_000n;

export function createEtags(): NewEtag {
  let last = 0n;
  return (now) => {
    const ticks = BigInt(now.getTime()) * 10_000n + UNIX_EPOCH;
    last = ticks > last ? ticks : last + 1n;
    return `0x${last.toString(16).toUpperCase()}`;
  };
}

/** Windows' FILETIME: ticks of 100 ns since the year 1601. */
export const fileTime = (time: Date): string =>
  (BigInt(time.getTime()) * 10_000n + 116_444_736_000_000_000n).toString();
