/** What a test may ask of a connection: rules for each direction, each fired once, at an exact byte or moment. */

/** `up` is client to server, `down` server to client. */
export type Direction = 'up' | 'down';

/**
 * When a rule fires. Bytes are counted in the rule's own direction, from the connection's start, as the sender sent them.
 * - `afterBytes`: exactly this many have passed; 0 fires before the first.
 * - `pattern`: these bytes passed for the first time, in however many pieces. They have been forwarded, up to and
 *   including their last, or, with `before`, not one of them has. What may be the pattern's beginning is then held back
 *   until the next byte tells: its first byte should end no message whose answer the sender waits for.
 * - `afterMs`: so long after the connection was accepted.
 */
export type Trigger =
  | { readonly afterBytes: number }
  | { readonly pattern: Uint8Array | string; readonly before?: boolean }
  | { readonly afterMs: number };

/**
 * What a rule does. A hindrance lasts until another one of its kind, `restore`, or `heal`; the rest happens once.
 * - `reset`: RST to both ends. `close`: FIN to both; what they still send is dropped.
 * - `half-close`: FIN in this direction only; the other one goes on.
 * - `stall`: nothing more passes in this direction, neither bytes nor their end. A hindrance.
 * - `unstall`: what `stall` and `timeoutMs` hold on this connection flows again, both ways.
 * - `restore`: this connection's hindrances are lifted, both ways. Rules that have not fired stay.
 * - `corrupt`: all bits of the next byte are inverted. `lose`: so many of the next bytes never arrive.
 * - `delayMs`: this direction pauses once. `timeoutMs`: it stalls, and so much later both ends are closed.
 * - `latencyMs`: everything arrives so much later, `jitterMs` more or less (drawn from `seed`) but in order, and as much
 *   at a time as before: up to 4 MiB are under way. A hindrance, as are those below.
 * - `throttle`: bytes per second. `slice`: the largest write, in bytes, and a pause after each.
 * - `slowCloseMs`: the end of this direction is passed on so much later.
 * - `call`: runs a function; this direction waits for its promise.
 */
export type Action =
  | 'reset'
  | 'close'
  | 'half-close'
  | 'stall'
  | 'unstall'
  | 'restore'
  | 'corrupt'
  | { readonly lose: number }
  | { readonly delayMs: number }
  | { readonly timeoutMs: number }
  | { readonly latencyMs: number; readonly jitterMs?: number; readonly seed?: number }
  | { readonly throttle: number }
  | { readonly slice: number; readonly pauseMs?: number }
  | { readonly slowCloseMs: number }
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
  /** Accepted, but nothing is read and the target never hears of it, until `heal` or `unstallAll`. */
  readonly stallConnect?: boolean;
  /** The same, for so long. */
  readonly delayConnectMs?: number;
}

/** Asked once for every new connection. `number` counts from 1. `undefined`: pass everything on. */
export type Plan = (connection: { readonly number: number }) => ConnectionPlan | undefined;
