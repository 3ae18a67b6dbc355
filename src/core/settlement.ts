/** What became of the data of one stream: the one channel that tells the truth after an abort. */
import type { ConnectorError, Outcome } from '../errors.ts';

/** What may remain on a server that could not be reached: a backend's pid, an upload's id. */
export type Leftover = Readonly<Record<string, string | number>>;

export interface Settled<R> {
  readonly outcome: Outcome;
  /** `unconfirmed`: the clean-up could not be seen to happen in time; `leftover` names what may remain. */
  readonly cleanup: 'confirmed' | 'unconfirmed';
  readonly result?: R;
  readonly error?: ConnectorError;
  readonly leftover?: Leftover;
}

/** A promise that never rejects and is settled once; later answers are ignored. */
export class Settlement<R> {
  readonly promise: Promise<Settled<R>>;
  #resolve: (settled: Settled<R>) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  settle(settled: Settled<R>): void {
    this.#resolve(Object.freeze(settled));
  }
}
