/** One kind of thing that a test may leave behind. */
export interface Watch {
  /** Notes what is there before the test. */
  begin(): void;
  /** Says what is there now and was not before, one line each. */
  leaks(): string[];
}
