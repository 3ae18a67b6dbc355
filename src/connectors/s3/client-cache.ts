/** One client per set of settings, shared by all streams that have them. */

interface Closable {
  destroy(): void;
}

const clients = new Map<string, Closable>();

/** The client made for `key`; `make` is called where there is none. One key stands for one type of client. */
export function cachedClient<C extends Closable>(key: string, make: () => C): C {
  const known = clients.get(key);
  if (known !== undefined) return known as C;
  const client = make();
  clients.set(key, client);
  return client;
}

/** Closes every client made here; requests under way fail, and the next use makes new clients. */
export function closeS3Clients(): void {
  for (const client of clients.values()) client.destroy();
  clients.clear();
}
