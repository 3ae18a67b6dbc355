/** A socket's bytes with the moments at which they came, read ahead only while somebody wants them to age. */
import type { Socket } from 'node:net';

export interface Arrival {
  /** `undefined`: the end. */
  readonly bytes: Buffer | undefined;
  /** Of `performance.now()`. */
  readonly at: number;
}

export interface Intake {
  /** The next bytes, or the end. Rejects when the socket breaks, after what came before that. */
  next(): Promise<Arrival>;
  /** Takes in what is there already, where reading ahead is wanted. New bytes are taken in by themselves. */
  readAhead(): void;
  /** Stops listening. */
  close(): void;
}

/** As much as a fast line over half the earth has under way: 160 Mbit/s for 200 ms. */
const READ_AHEAD_BYTES = 4 * 1024 * 1024;
const NEWS = ['readable', 'end', 'close', 'error'] as const;

/** While `readsAhead` says no, nothing is read but what `next` was asked for: the sender feels the receiver's pace. */
export const createIntake = (source: Socket, readsAhead: () => boolean): Intake => {
  const arrivals: Arrival[] = [];
  let waitingBytes = 0;
  let ended = false;
  let wake = (): void => undefined;

  const take = () => {
    while (readsAhead() ? waitingBytes < READ_AHEAD_BYTES : arrivals.length === 0) {
      const bytes = source.read() as Buffer | null;
      if (bytes === null) break;
      arrivals.push({ bytes, at: performance.now() });
      waitingBytes += bytes.length;
    }
    if (!source.readableEnded || ended) return;
    ended = true;
    arrivals.push({ bytes: undefined, at: performance.now() });
  };
  const readAhead = () => {
    if (readsAhead()) take();
  };
  const onNews = () => {
    readAhead();
    wake();
  };
  for (const event of NEWS) source.on(event, onNews);

  return {
    async next() {
      for (;;) {
        take();
        const arrival = arrivals.shift();
        if (arrival !== undefined) {
          waitingBytes -= arrival.bytes?.length ?? 0;
          return arrival;
        }
        if (source.destroyed) throw source.errored ?? new Error('the socket was closed');
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    readAhead,
    close() {
      for (const event of NEWS) source.off(event, onNews);
    },
  };
};
