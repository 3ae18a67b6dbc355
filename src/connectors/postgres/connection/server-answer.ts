/** What the server answers to one query, up to its last word, as node-postgres reports it. */

export abstract class ServerAnswer {
  /** node-postgres puts here what stops the clock of `query_timeout`. */
  callback?: () => void;
  readonly #over = Promise.withResolvers<undefined>();
  #isOver = false;

  constructor() {
    // Nobody may be waiting.
    this.#over.promise.catch(() => undefined);
  }

  /** The server has said its last word on this, or is out of reach. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves at ReadyForQuery; rejects with the server's error, or the connection's. */
  get over(): Promise<undefined> {
    return this.#over.promise;
  }

  handleReadyForQuery(): void {
    this.#isOver = true;
    this.#over.resolve(undefined);
  }

  handleError(error: unknown): void {
    this.#isOver = true;
    this.#over.reject(error);
  }
}
