/** A fault that this package survives, in plain words: what goes wrong, and what happens then. */

export interface Fault {
  /** What guards name it by. */
  readonly id: string;
  readonly fault: string;
  readonly outcome: string;
  /** Test files that hold it beside those of its guards. */
  readonly tests?: readonly string[];
}

export interface FaultArea {
  readonly title: string;
  readonly faults: readonly Fault[];
}
