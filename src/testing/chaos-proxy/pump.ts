/**
 * Moves one direction's bytes, one write at a time, each flushed before the next: a rule fires between two bytes, a
 * slow destination slows the source, and nothing but the socket's own read buffer piles up, except under latency.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGate } from './gate.ts';
import type { Gate } from './gate.ts';
import { createIntake } from './intake.ts';
import type { Intake } from './intake.ts';
import type { Rule } from './plan.ts';
import { createScanner } from './scanner.ts';
import type { Step } from './scanner.ts';

/** What lasts until it is lifted. Milliseconds, bytes, bytes per second. */
export interface Hindrances {
  readonly throttle?: number;
  readonly slice?: number;
  /** After each slice. */
  readonly pauseMs?: number;
  /** How long after their arrival the next bytes leave. */
  readonly latency?: () => number;
  readonly slowCloseMs?: number;
}

export interface Pump {
  /** Passed so far, the lost ones included. */
  readonly bytes: number;
  /** While shut, nothing passes: no bytes, no end, no reset. */
  readonly gate: Gate;
  hindrances: Hindrances;
  /** Invert the next byte. */
  corruptNext: boolean;
  /** So many of the next bytes are not passed on. */
  lose: number;
  /** Everything from here on is read and dropped. */
  dropping: boolean;
  /** Runs until the source's end has been passed on. Rejects when either socket breaks. */
  run(source: Socket, destination: Socket): Promise<void>;
  /** No more hindrances. The gate is the holders' business. */
  restore(): void;
  /** No more rules, no more hindrance, an open gate. */
  heal(): void;
}

export const createPump = (rules: readonly Rule[], fire: (rule: Rule) => void): Pump => {
  const scanner = createScanner(rules);
  const gate = createGate();
  let forwarded = 0;
  let healed = 0;
  let intake: Intake | undefined;
  let waits = new AbortController();

  const wait = async (ms: number) => {
    if (ms > 0) await sleep(ms, undefined, { signal: waits.signal }).catch(() => undefined);
  };
  const untilDue = (at: number, lag: number) => wait(at + lag - performance.now());

  const forward = async (destination: Socket, bytes: Buffer, due: () => Promise<void>) => {
    let left = bytes;
    while (left.length > 0) {
      await due();
      await gate.passed();
      if (pump.dropping) return;
      const piece = nextPiece(left);
      left = left.subarray(piece.length);
      if (pump.lose > 0) pump.lose -= piece.length;
      else await write(destination, piece);
      forwarded += piece.length;
      await pace(piece.length);
    }
  };

  const nextPiece = (left: Buffer): Buffer => {
    const { slice = Infinity, throttle = Infinity } = pump.hindrances;
    // A twentieth of a second's worth, so that a throttled stream trickles and does not gush.
    const size = Math.min(slice, Math.ceil(throttle / 20), pump.lose > 0 ? pump.lose : Infinity);
    const piece = left.subarray(0, Math.min(size, left.length));
    if (!pump.corruptNext) return piece;
    pump.corruptNext = false;
    const changed = Buffer.from(piece);
    changed[0] = (changed[0] ?? 0) ^ 0xff;
    return changed;
  };

  const pace = async (written: number) => {
    const { slice, pauseMs = 0, throttle } = pump.hindrances;
    const ms = Math.max(pauseMs, throttle === undefined ? 0 : (written / throttle) * 1_000);
    if (ms > 0) await wait(ms);
    // A turn of the event loop between slices, or the kernel would join them again.
    else if (slice !== undefined) await new Promise((resolve) => setImmediate(resolve));
  };

  const carryOut = async (steps: readonly Step[], destination: Socket, at = performance.now()) => {
    const armedAt = healed;
    let lag: number | undefined;
    const due = async () => {
      const { latency } = pump.hindrances;
      if (latency === undefined) return;
      intake?.readAhead();
      await untilDue(at, (lag ??= latency()));
    };
    for (const step of steps) {
      await gate.passed();
      if ('bytes' in step) await forward(destination, step.bytes, due);
      else if (armedAt === healed) fire(step.rule);
    }
  };

  const end = async (destination: Socket, at: number) => {
    await carryOut(scanner.end(), destination, at);
    const { latency, slowCloseMs = 0 } = pump.hindrances;
    if (latency !== undefined) await untilDue(at, latency());
    await wait(slowCloseMs);
    await gate.passed();
    if (!destination.writableEnded) destination.end();
  };

  const pump: Pump = {
    get bytes() {
      return forwarded;
    },
    gate,
    hindrances: {},
    corruptNext: false,
    lose: 0,
    dropping: false,
    async run(source, destination) {
      intake = createIntake(source, () => pump.hindrances.latency !== undefined);
      try {
        await carryOut(scanner.start(), destination);
        for (;;) {
          const { bytes, at } = await intake.next();
          if (bytes === undefined) {
            await end(destination, at);
            return;
          }
          await carryOut(scanner.feed(bytes), destination, at);
          await gate.passed();
        }
      } finally {
        intake.close();
      }
    },
    restore() {
      pump.hindrances = {};
      waits.abort();
      waits = new AbortController();
    },
    heal() {
      healed += 1;
      scanner.disarm();
      pump.restore();
      pump.corruptNext = false;
      pump.lose = 0;
      gate.releaseAll();
    },
  };
  return pump;
};

const write = (destination: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    destination.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
