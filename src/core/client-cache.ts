/** One vendor's clients: one per set of settings, and one limiter per client, shared by all streams that have them. */
import { RequestLimiter } from './request-limiter.ts';
import { RequestRate } from './request-rate.ts';

/** What is closed with the profile it was made for. */
export interface Closable {
  destroy(): void;
}

/** `adaptive`: the rate of requests is learned as well. */
export type RetryMode = 'standard' | 'adaptive';

export class ClientCache<C extends Closable> {
  readonly #clients = new Map<string, C>();
  readonly #limiters = new Map<string, RequestLimiter>();
  readonly #foreign: Readonly<Record<RetryMode, WeakMap<object, RequestLimiter>>> = {
    standard: new WeakMap(),
    adaptive: new WeakMap(),
  };

  /** The client made for `key`, if there is one. */
  known(key: string): C | undefined {
    return this.#clients.get(key);
  }

  /** The client made for `key`; `make` is called where there is none. */
  cached(key: string, make: () => C): C {
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client = make();
    this.#clients.set(key, client);
    return client;
  }

  /** The limiter of the client for a key, or of one that was handed in. A key stands for one mode. */
  limiter(client: string | object, mode: RetryMode): RequestLimiter {
    const known = typeof client === 'string' ? this.#limiters.get(client) : this.#foreign[mode].get(client);
    if (known !== undefined) return known;
    const limiter = new RequestLimiter(mode === 'adaptive' ? new RequestRate() : undefined);
    if (typeof client === 'string') this.#limiters.set(client, limiter);
    else this.#foreign[mode].set(client, limiter);
    return limiter;
  }

  /** Closes the client for a key, if there is one. */
  close(key: string): void {
    this.#clients.get(key)?.destroy();
    this.#clients.delete(key);
    this.#limiters.delete(key);
  }

  /** Closes every client made here; requests under way fail, and the next use makes new clients. */
  closeAll(): void {
    for (const client of this.#clients.values()) client.destroy();
    this.#clients.clear();
    this.#limiters.clear();
  }
}
