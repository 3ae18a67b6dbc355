/** What the suite of sources asks of an implementation. */
import type { Duration } from '../../../src/core/duration.ts';
import type { Source } from '../../../src/core/source.ts';
import type { Check, Place } from '../check.ts';
import type { Wire } from '../wire.ts';

export interface SourceOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: Duration;
  readonly cleanupTimeout?: Duration;
}

export interface SourcePlace extends Place {
  /** Puts bytes where the source will read them, instead of those that are there. */
  put(bytes: Buffer): Promise<void>;
  /** A source of what was put. */
  source(options?: SourceOptions): Source<unknown>;
  /** Sizes at which the source's buffers change hands: its high-water mark, its parts. */
  readonly buffers: readonly number[];
  /** The most bytes that the source may hold while nobody reads. */
  readonly maxHeldBytes: number;
  /** Several of these buffers full. */
  readonly someBytes: number;
  /** Far more bytes than it may hold. */
  readonly manyBytes: number;
  /** The longest that anything which must happen may take. */
  readonly patienceMs: number;
  readonly wire?: Wire;
}

export type SourceCheck = Check<SourcePlace>;

/** The wire of a place, for checks that are `onTheWire`. */
export function wireOf({ wire }: { readonly wire?: Wire }): Wire {
  if (wire === undefined) throw new Error('this check needs a place with a wire');
  return wire;
}
