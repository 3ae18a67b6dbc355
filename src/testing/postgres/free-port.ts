/** A TCP port of 127.0.0.1 that nobody listens on. Another process may take it before we do: then the next one. */
import { once } from 'node:events';
import { createServer } from 'node:net';

const ATTEMPTS = 10;

/**
 * What `attempt` makes of a free port, tried again with another one while `taken` says of its error that the port was
 * taken. A wanted port is tried once.
 */
export const onFreePort = async <T>(
  wanted: number | undefined,
  attempt: (port: number) => Promise<T>,
  taken: (error: unknown) => boolean,
): Promise<T> => {
  for (let left = wanted === undefined ? ATTEMPTS : 1; ;) {
    try {
      return await attempt(wanted ?? (await freePort()));
    } catch (error) {
      left -= 1;
      if (left === 0 || !taken(error)) throw error;
    }
  }
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
};
