/** The settings behind the clients of one connector, for the streams and calls that are made with them. */
import { connectorError } from '../errors.ts';

export interface ClientProfile<P> {
  readonly name: string;
  /** @throws PermanentError `CLIENT_CLOSED`, and what is wrong with the settings. */
  use(): P;
}

export class ClientProfiles<P> {
  readonly #connector: string;
  readonly #profiles = new WeakMap<object, ClientProfile<P>>();

  constructor(connector: string) {
    this.#connector = connector;
  }

  set(client: object, profile: ClientProfile<P>): void {
    this.#profiles.set(client, profile);
  }

  /** Undefined for a client that is not ours. */
  behind(client: object): ClientProfile<P> | undefined {
    return this.#profiles.get(client);
  }

  /**
   * The one behind the client of a call; undefined without one, or with one that is not ours.
   *
   * @throws ConfigError `CONFIG_INVALID` where a client of ours is to have other settings than its own.
   */
  of(options: {
    readonly client?: object | undefined;
    readonly profile?: unknown;
    readonly config?: unknown;
  }): ClientProfile<P> | undefined {
    const { client, profile, config } = options;
    const found = client && this.behind(client);
    if (found === undefined || (profile ?? config) === undefined) return found;
    const message = 'a client has its profile already: pass neither `profile` nor `config` with it';
    throw connectorError('CONFIG_INVALID', message, { connector: this.#connector, stage: 'configure' });
  }
}
