/** The end of a pool: whoever waits for it hears of that at once. node-postgres would leave them in its queue. */
import { bounded } from '../../../core/deadline.ts';
import { connectorError } from '../../../errors.ts';

/** A pool of clients, as node-postgres has it. */
interface Pool<C> {
  connect(): Promise<C>;
  end(): Promise<void>;
}

interface Ending {
  readonly closing: AbortController;
  readonly connecting: Set<Promise<unknown>>;
}

const endings = new WeakMap<Pool<unknown>, Ending>();

/** @throws PermanentError `CLIENT_CLOSED` when the pool is ended meanwhile, and what connecting failed with. */
export async function connectTo<C extends { release?: () => void }>(pool: Pool<C>): Promise<C> {
  const { closing, connecting } = endingOf(pool);
  closing.signal.throwIfAborted();
  const connected = pool.connect();
  const leave = (): void => void connecting.delete(connected);
  connecting.add(connected);
  connected.then(leave, leave);
  return bounded(connected, { signal: closing.signal, late: (arrived) => arrived.release?.() });
}

/** Resolves when the connections in use have been given back, and all are closed. */
export async function endPool(pool: Pool<unknown>): Promise<void> {
  const { closing, connecting } = endingOf(pool);
  closing.abort(connectorError('CLIENT_CLOSED', 'the client was closed'));
  // What they get goes straight back; a pool that has ended gives its queue nothing.
  await Promise.allSettled(connecting);
  await pool.end();
}

function endingOf(pool: Pool<unknown>): Ending {
  const known = endings.get(pool);
  if (known !== undefined) return known;
  const ending = { closing: new AbortController(), connecting: new Set<Promise<unknown>>() };
  endings.set(pool, ending);
  return ending;
}
