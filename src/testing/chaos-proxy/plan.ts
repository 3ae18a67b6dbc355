/** What a test may ask of a connection: rules for each direction, each fired once, at an exact byte or moment. */

/** `up` is client to server, `down` server to client. */
export type Direction = 'up' | 'down';

/**
 * When a rule fires. Bytes are counted in the rule's own direction, from the connection's start.
 * - `afterBytes`: exactly this many have been forwarded; 0 fires before the first.
 * - `pattern`: these bytes passed for the first time, in however many pieces. They have been forwarded, up to and
 *   including their last, or, with `before`, not one of them has.
 * - `afterMs`: so long after the connection was accepted.
 */
export type Trigger =
  | { readonly afterBytes: number }
  | { readonly pattern: Uint8Array | string; readonly before?: boolean }
  | { readonly afterMs: number };

/**
 * What a rule does.
 * - `reset`: RST to both ends. `close`: FIN to both; what they still send is dropped.
 * - `half-close`: FIN in this direction only; the other one goes on.
 * - `stall`: nothing more passes in this direction, neither bytes nor their end, until `heal`.
 * - `corrupt`: all bits of the next byte are inverted.
 * - `delayMs`: this direction pauses once. `throttle` (bytes per second) and `slice` (largest write, in bytes) last.
 * - `call`: runs a function; this direction waits for its promise.
 */
export type Action =
  | 'reset'
  | 'close'
  | 'half-close'
  | 'stall'
  | 'corrupt'
  | { readonly delayMs: number }
  | { readonly throttle: number }
  | { readonly slice: number }
  | { readonly call: (at: RulePoint) => void | Promise<void> };

export interface Rule {
  readonly when: Trigger;
  readonly do: Action;
}

/** Where a connection stood when a rule's function was called. */
export interface RulePoint {
  readonly connection: number;
  readonly direction: Direction;
  readonly bytesUp: number;
  readonly bytesDown: number;
}

export interface ConnectionPlan {
  readonly up?: readonly Rule[];
  readonly down?: readonly Rule[];
  /** RST as soon as the connection is accepted. */
  readonly refuse?: boolean;
  /** Accepted, but nothing is read and the target never hears of it, until `heal`. */
  readonly stallConnect?: boolean;
}

/** Asked once for every new connection. `number` counts from 1. `undefined`: pass everything on. */
export type Plan = (connection: { readonly number: number }) => ConnectionPlan | undefined;
