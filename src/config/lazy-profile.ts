/** The profile behind a client: resolved by the first use, closed once, and not used after that. */
import { connectorError } from '../errors.ts';

export class LazyProfile<P> {
  readonly name: string;
  readonly #connector: string;
  readonly #resolve: () => P;
  #resolved: P | undefined;
  #closing: Promise<void> | undefined;

  /** `resolve` is called once; when it throws, again at the next use. */
  constructor(connector: string, name: string, resolve: () => P) {
    this.name = name;
    this.#connector = connector;
    this.#resolve = resolve;
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** @throws PermanentError `CLIENT_CLOSED` after `close`, and what `resolve` throws. */
  use(): P {
    if (this.isClosed) {
      const about = { connector: this.#connector, profile: this.name };
      throw connectorError('CLIENT_CLOSED', 'the client was closed', about);
    }
    return (this.#resolved ??= this.#resolve());
  }

  /** `release` is called once, for a profile that was used. Later calls wait for the first. */
  close(release: (profile: P) => Promise<void> | void): Promise<void> {
    this.#closing ??= this.#resolved === undefined ? Promise.resolve() : Promise.resolve(release(this.#resolved));
    return this.#closing;
  }
}
