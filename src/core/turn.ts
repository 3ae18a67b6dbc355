/** The event loop's turns, for work that never waits, which would hold up every clock and every signal. */

/** Of the 100 ms within which a deadline is honoured, a part small enough for several stages. */
const TURN_MS = 10;

export class Turn {
  #until = performance.now() + TURN_MS;

  /** Whether others have waited long enough. */
  get isOver(): boolean {
    return performance.now() >= this.#until;
  }

  /** Goes on when they have had their turn. */
  next(go: () => void): void {
    setImmediate(() => {
      this.#until = performance.now() + TURN_MS;
      go();
    });
  }
}
