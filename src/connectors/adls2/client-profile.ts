/** The settings behind a client of ours, for the streams and calls that are made with it. */
import type { Adls2Profile } from './config.ts';

export interface ClientProfile {
  readonly name: string;
  /** @throws PermanentError `CLIENT_CLOSED`, and what is wrong with the settings. */
  use(): Adls2Profile;
}

const profiles = new WeakMap<object, ClientProfile>();

export function setProfile(client: object, profile: ClientProfile): void {
  profiles.set(client, profile);
}

/** Undefined for a client that is not ours. */
export function profileBehind(client: object): ClientProfile | undefined {
  return profiles.get(client);
}
