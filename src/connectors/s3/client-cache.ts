/** One client per set of settings, and one limiter per client, shared by all streams that have them. */
import { RequestLimiter } from '../../core/request-limiter.ts';
import { RequestRate } from '../../core/request-rate.ts';

interface Closable {
  destroy(): void;
}

const clients = new Map<string, Closable>();
const limiters = new Map<string, RequestLimiter>();
const foreign = {
  standard: new WeakMap<object, RequestLimiter>(),
  adaptive: new WeakMap<object, RequestLimiter>(),
};

/** The client made for `key`, if there is one. */
export function knownClient(key: string): object | undefined {
  return clients.get(key);
}

/** The client made for `key`; `make` is called where there is none. One key stands for one type of client. */
export function cachedClient<C extends Closable>(key: string, make: () => C): C {
  const known = clients.get(key);
  if (known !== undefined) return known as C;
  const client = make();
  clients.set(key, client);
  return client;
}

/** The limiter of the client for a key, or of one that was handed in. A key stands for one mode. */
export function cachedLimiter(client: string | object, mode: keyof typeof foreign): RequestLimiter {
  const known = typeof client === 'string' ? limiters.get(client) : foreign[mode].get(client);
  if (known !== undefined) return known;
  const limiter = new RequestLimiter(mode === 'adaptive' ? new RequestRate() : undefined);
  if (typeof client === 'string') limiters.set(client, limiter);
  else foreign[mode].set(client, limiter);
  return limiter;
}

/** Closes the client for a key, if there is one. */
export function closeS3Client(key: string): void {
  clients.get(key)?.destroy();
  clients.delete(key);
  limiters.delete(key);
}

/** Closes every client made here; requests under way fail, and the next use makes new clients. */
export function closeS3Clients(): void {
  for (const client of clients.values()) client.destroy();
  clients.clear();
  limiters.clear();
}
