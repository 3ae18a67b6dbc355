/** A wire of limited bandwidth and some length: bytes come out late, but no slower for being late. */
import type { Socket } from 'node:net';

export interface WireSpec {
  readonly bytesPerSecond: number;
  /** One way. */
  readonly delayMs: number;
}

interface Parcel {
  /** Undefined is the end. */
  readonly bytes: Buffer | undefined;
  readonly due: number;
}

/** Beyond what is on its way at full speed, so much may wait before the sender is held up. */
const SLACK_BYTES = 1024 * 1024;

/** Carries everything from `from` to `to`. */
export function delayLine(from: Socket, to: Socket, { bytesPerSecond, delayMs }: WireSpec): void {
  const parcels: Parcel[] = [];
  const mostBytes = (bytesPerSecond * delayMs) / 1000 + SLACK_BYTES;
  let heldBytes = 0;
  let freeAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let blocked = false;
  let ended = false;

  const put = (bytes: Buffer | undefined): void => {
    freeAt = Math.max(freeAt, performance.now()) + ((bytes?.length ?? 0) / bytesPerSecond) * 1000;
    parcels.push({ bytes, due: freeAt + delayMs });
    heldBytes += bytes?.length ?? 0;
    if (heldBytes > mostBytes) from.pause();
    timer ??= setTimeout(deliver, 1);
  };

  const deliver = (): void => {
    timer = undefined;
    const now = performance.now();
    while (!blocked && (parcels[0]?.due ?? Infinity) <= now) {
      const bytes = parcels.shift()?.bytes;
      if (bytes === undefined) {
        ended = true;
        to.end();
      } else {
        heldBytes -= bytes.length;
        blocked = !to.write(bytes);
      }
    }
    if (heldBytes <= mostBytes && from.isPaused()) from.resume();
    const next = parcels[0]?.due;
    if (next !== undefined && !blocked) timer = setTimeout(deliver, Math.max(1, next - now));
  };

  from.on('data', put);
  from.on('end', () => put(undefined));
  from.on('close', () => {
    // A wire that was cut loses what is on it; one that ended does not.
    if (!from.readableEnded) to.destroy();
  });
  to.on('drain', () => {
    blocked = false;
    deliver();
  });
  to.on('close', () => {
    clearTimeout(timer);
    // After an end, the other direction may still be on its way.
    if (!ended) from.destroy();
  });
  from.on('error', () => undefined);
}
