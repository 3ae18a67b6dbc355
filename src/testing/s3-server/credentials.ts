/** The key pairs a server accepts; they can be added and expired while it runs. */

/** A key pair, with a session token when temporary. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface KnownCredentials extends S3Credentials {
  readonly expired: boolean;
}

export class CredentialStore {
  readonly #known = new Map<string, KnownCredentials>();

  add(credentials: S3Credentials): void {
    this.#known.set(credentials.accessKeyId, { ...credentials, expired: false });
  }

  /** From now on requests signed with this key get `ExpiredToken`. */
  expire(accessKeyId: string): void {
    const known = this.#known.get(accessKeyId);
    if (known) this.#known.set(accessKeyId, { ...known, expired: true });
  }

  find(accessKeyId: string): KnownCredentials | undefined {
    return this.#known.get(accessKeyId);
  }
}
