/**
 * Moves one direction's bytes, one write at a time, each flushed before the next: a rule fires between two bytes, a
 * slow destination slows the source, and nothing but the socket's own read buffer piles up.
 */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGate } from './gate.ts';
import type { Gate } from './gate.ts';
import type { Rule } from './plan.ts';
import { createScanner } from './scanner.ts';
import type { Step } from './scanner.ts';

export interface Pump {
  /** Forwarded so far. */
  readonly bytes: number;
  /** While shut, nothing passes: no bytes, no end, no reset. */
  readonly gate: Gate;
  throttle: number | undefined;
  slice: number | undefined;
  /** Invert the next byte. */
  corruptNext: boolean;
  /** Everything from here on is read and dropped. */
  dropping: boolean;
  /** Runs until the source's end has been passed on. Rejects when either socket breaks. */
  run(source: Socket, destination: Socket): Promise<void>;
  /** No more rules, no more hindrance. */
  heal(): void;
}

export const createPump = (rules: readonly Rule[], fire: (rule: Rule) => void): Pump => {
  const scanner = createScanner(rules);
  const gate = createGate();
  let forwarded = 0;
  let healed = 0;
  let pacing = new AbortController();

  const forward = async (destination: Socket, bytes: Buffer) => {
    let left = bytes;
    while (left.length > 0) {
      await gate.passed();
      if (pump.dropping) return;
      const piece = nextPiece(left);
      left = left.subarray(piece.length);
      await write(destination, piece);
      forwarded += piece.length;
      await pace(piece.length);
    }
  };

  const nextPiece = (left: Buffer): Buffer => {
    // A twentieth of a second's worth, so that a throttled stream trickles and does not gush.
    const size = Math.min(pump.slice ?? Infinity, Math.ceil((pump.throttle ?? Infinity) / 20));
    const piece = left.subarray(0, Math.min(size, left.length));
    if (!pump.corruptNext) return piece;
    pump.corruptNext = false;
    const changed = Buffer.from(piece);
    changed[0] = (changed[0] ?? 0) ^ 0xff;
    return changed;
  };

  const pace = async (written: number) => {
    if (pump.throttle === undefined) {
      // A turn of the event loop between slices, or the kernel would join them again.
      if (pump.slice !== undefined) await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    const { signal } = pacing;
    await sleep((written / pump.throttle) * 1000, undefined, { signal }).catch(() => undefined);
  };

  const carryOut = async (steps: readonly Step[], destination: Socket) => {
    const armedAt = healed;
    for (const step of steps) {
      await gate.passed();
      if ('bytes' in step) await forward(destination, step.bytes);
      else if (armedAt === healed) fire(step.rule);
    }
  };

  const pump: Pump = {
    get bytes() {
      return forwarded;
    },
    gate,
    throttle: undefined,
    slice: undefined,
    corruptNext: false,
    dropping: false,
    async run(source, destination) {
      await carryOut(scanner.start(), destination);
      for (let chunk = await nextChunk(source); chunk !== undefined; chunk = await nextChunk(source)) {
        await carryOut(scanner.feed(chunk), destination);
        await gate.passed();
      }
      await carryOut(scanner.end(), destination);
      await gate.passed();
      if (!destination.writableEnded) destination.end();
    },
    heal() {
      healed += 1;
      scanner.disarm();
      pump.throttle = undefined;
      pump.slice = undefined;
      pump.corruptNext = false;
      pacing.abort();
      pacing = new AbortController();
      gate.releaseAll();
    },
  };
  return pump;
};

/** The next bytes, or `undefined` at the end. */
const nextChunk = async (source: Socket): Promise<Buffer | undefined> => {
  for (;;) {
    const chunk = source.read() as Buffer | null;
    if (chunk !== null) return chunk;
    if (source.readableEnded) return undefined;
    if (source.destroyed) throw source.errored ?? new Error('the socket was closed');
    await somethingNew(source);
  }
};

const NEWS = ['readable', 'end', 'close', 'error'] as const;

const somethingNew = (source: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      for (const event of NEWS) source.off(event, done);
      resolve();
    };
    for (const event of NEWS) source.on(event, done);
  });

const write = (destination: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    destination.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
