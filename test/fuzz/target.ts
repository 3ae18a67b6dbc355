/** A parser under fuzz: what it is fed, and what must hold whatever it is fed. */
import type fc from 'fast-check';

export interface Target<T> {
  readonly input: fc.Arbitrary<T>;
  /** Throws when a promise is broken. Errors that the parser may give are part of the check. */
  check(input: T): Promise<void> | void;
  /** Loads what the first input would otherwise be blamed for. */
  warmUp?(): Promise<void>;
  /** Servers and the like. */
  close?(): Promise<void>;
}

/** Makes a target; what it needs is started here. */
export type OpenTarget = () => Promise<Target<unknown>> | Target<unknown>;

/** For a target whose type of input is nobody else's business. */
export const target = <T>(made: Target<T>): Target<unknown> => ({
  ...made,
  check: (input) => made.check(input as T),
});
