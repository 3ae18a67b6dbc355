/** What the suite of sinks asks of an implementation. */
import type { Duration } from '../../../src/core/duration.ts';
import type { Leftover } from '../../../src/core/settlement.ts';
import type { Sink } from '../../../src/core/sink.ts';
import type { Check, Place } from '../check.ts';
import type { Wire } from '../wire.ts';

export interface SinkOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: Duration;
  readonly cleanupTimeout?: Duration;
}

export interface SinkPlace extends Place {
  /** A sink to the destination of this place. */
  sink(options?: SinkOptions): Sink<unknown>;
  /** What a reader finds at the destination now; undefined for nothing. Rows of a table cannot tell nothing from no bytes. */
  stored(): Promise<Buffer | undefined>;
  /** Removes what is stored. */
  empty(): Promise<void>;
  /** Removes what a sink has said may remain; nothing else. */
  removeLeftover(leftover: Leftover | undefined): Promise<void>;
  /** Sizes at which the sink's buffers change hands: its high-water mark, its parts. */
  readonly buffers: readonly number[];
  /** Several of these buffers full. */
  readonly someBytes: number;
  /** The most bytes that the sink may take while its service takes none. */
  readonly maxHeldBytes: number;
  /** The longest that anything which must happen may take. */
  readonly patienceMs: number;
  readonly wire?: Wire;
}

export type SinkCheck = Check<SinkPlace>;

/** The wire of a place, for checks that are `onTheWire`. */
export function wireOf({ wire }: { readonly wire?: Wire }): Wire {
  if (wire === undefined) throw new Error('this check needs a place with a wire');
  return wire;
}
