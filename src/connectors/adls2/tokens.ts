/**
 * The bearer token of all requests of one client: asked for once, kept until shortly before its end, and asked for anew
 * where the account refuses it before that. The SDK's own keeper is not used: once it has a token, an identity that
 * fails is asked every three seconds until the token's end, and no request is told.
 */
import type { RequestPolicyFactory } from '@azure/storage-file-datalake';
import { read } from '../../core/foreign.ts';

export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** Who gives tokens; it may keep them as well. */
export interface TokenSource {
  getToken(scopes: string | string[], options?: object): Promise<AccessToken | null>;
}

/** Who gives tokens, and always gives one. */
export interface SureTokenSource {
  getToken(scope: string): Promise<AccessToken>;
}

/** Azure Storage, in every cloud ("Authorize access to blobs using Microsoft Entra ID"). */
const SCOPE = 'https://storage.azure.com/.default';
/** So long before its end the next token is asked for, while the old one is still in use. */
const EARLY_MS = 2 * 60_000;
/** With less than this a request may arrive too late. */
const LAST_MS = 1_000;

export class Tokens {
  readonly #identify: () => SureTokenSource;
  #source: SureTokenSource;
  #held: AccessToken | undefined;
  #asked: Promise<AccessToken> | undefined;

  /** @param identify - Makes a source that has kept nothing. Called at once, and before a token is renewed. */
  constructor(identify: () => SureTokenSource) {
    this.#identify = identify;
    this.#source = identify();
  }

  /** @throws AuthError, or whatever else kept the identity from giving one. */
  async current(): Promise<string> {
    const held = this.#held;
    const leftMs = (held?.expiresOnTimestamp ?? 0) - Date.now();
    if (held !== undefined && leftMs > EARLY_MS) return held.token;
    const asked = this.#ask();
    if (held === undefined || leftMs <= LAST_MS) return (await asked).token;
    // A failure is met by whoever has no token left.
    asked.catch(() => undefined);
    return held.token;
  }

  /** Another token than the one that was refused, asked for once by all who were refused; undefined if there is none. */
  async renewed(refused: string): Promise<string | undefined> {
    if (this.#held?.token === refused) {
      this.#held = undefined;
      // What is on its way is of the source that has kept the refused one.
      this.#asked = undefined;
      this.#source = this.#identify();
    }
    const token = await this.current();
    return token === refused ? undefined : token;
  }

  #ask(): Promise<AccessToken> {
    if (this.#asked !== undefined) return this.#asked;
    const isCurrent = (): boolean => this.#asked === asked;
    const asked: Promise<AccessToken> = this.#source
      .getToken(SCOPE)
      .then((token) => {
        if (isCurrent()) this.#held = token;
        return token;
      })
      .finally(() => {
        if (isCurrent()) this.#asked = undefined;
      });
    return (this.#asked = asked);
  }
}

/** For the SDK's pipeline: requests bear the token, and are sent again with another one where it is refused (401). */
export function bearing(tokens: Tokens): RequestPolicyFactory {
  return {
    create: (next) => ({
      async sendRequest(request) {
        const token = await tokens.current();
        request.headers.set('authorization', `Bearer ${token}`);
        try {
          return await next.sendRequest(request);
        } catch (error) {
          const another = read(error, 'statusCode') === 401 ? await tokens.renewed(token) : undefined;
          if (another === undefined) throw error;
          request.headers.set('authorization', `Bearer ${another}`);
          return next.sendRequest(request);
        }
      },
    }),
  };
}
