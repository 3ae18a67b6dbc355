/** Where an operation can be struck, in the order in which it passes there, and how each stream says it is reached. */
import type { Writable } from 'node:stream';
import type { Stage } from '../../../src/core/deadline.ts';
import type { Settled } from '../../../src/core/settlement.ts';
import type { Sink } from '../../../src/core/sink.ts';
import type { Strike, Weapon } from './strike.ts';

export const POINTS = {
  unused: 'before it is used',
  pool: 'while it waits for the pool',
  connecting: 'while it connects',
  authenticating: 'while it authenticates',
  request: 'when its first request is sent',
  lock: 'while it waits for a lock',
  answer: 'when the first answer begins',
  firstByte: 'at the first byte',
  midBody: 'in the middle of a body',
  backpressure: 'while its neighbour holds it back',
  backOff: 'while it waits to try again',
  part: 'with a part in flight',
  flushed: 'with everything done but the commit, or the end',
  lastMoment: 'at the last moment before the commit',
  committed: 'when the commit is sent',
  cleanUp: 'while it cleans up',
} as const;

export type Point = keyof typeof POINTS;

/** How one stream is held at one point, and what must be said of it there. */
export interface Reach<S> {
  /** The stage that the error must name. */
  readonly stage: Stage;
  /** The blow comes too late: the data is done, or the failure that came before it stays the one that is told. */
  readonly unaffected?: 'done' | 'first failure';
  /** Why no timeout can run out exactly there. */
  readonly noDeadline?: string;
  /** Sets the trap. The trap calls `strike.here()` when the operation is in it, and opens with `strike.over`. */
  readonly arrange: (scene: S, strike: Strike) => Arrangement | Promise<Arrangement>;
}

/** Why there is no such point. */
export interface Absent {
  readonly absent: string;
}

export interface Arrangement {
  /** Of the stream, beside those that every case has. */
  readonly options?: object;
  /** What a sink is fed. Default: everything there is. */
  readonly input?: (sink: Sink<unknown>) => AsyncIterable<Buffer>;
  /** What takes the bytes of a source. Default: all of them, at once. */
  readonly output?: () => Writable;
  /** Done between the making of the stream and its first use. */
  readonly first?: () => Promise<void>;
  /** Proof, beside the strike's own, that the trap closed. */
  readonly fired?: () => boolean;
}

/** What a case is played on: servers, an empty destination, and the other end of the pipeline. */
export interface Scene {
  play(arrangement: Arrangement, strike: Strike): Promise<Played>;
  /** The destination holds nothing of it, or all of it. */
  assertDestination(outcome: 'not-done' | 'done'): Promise<void>;
  /** Connections, requests and uploads are given back. */
  assertGivenBack(): Promise<void>;
  close(): Promise<void>;
}

export interface Played {
  readonly settled: Promise<Settled<unknown>>;
  readonly pipeline: Promise<void>;
}

export interface StreamPoints<S extends Scene> {
  readonly name: string;
  readonly scene: (profile: string) => Promise<S>;
  readonly points: Readonly<Record<Point, Reach<S> | Absent>>;
}

/** Whether that point of the stream can be struck by that weapon. */
export function isStruck(point: Point, reach: Reach<never> | Absent, weapon: Weapon): boolean {
  if ('absent' in reach) return false;
  if (weapon === 'its deadline') return reach.noDeadline === undefined;
  // A stream that nobody uses has nobody to hear of a second error; what is committed is told by whoever comes first.
  return weapon !== 'everything at once' || (point !== 'unused' && reach.unaffected !== 'done');
}
