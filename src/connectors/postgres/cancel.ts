/** The cancel ladder: interrupt and roll back, else cut the socket, else have another session end the backend. */
import net from 'node:net';
import tls from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { bounded } from '../../core/deadline.ts';
import type { Leftover } from '../../core/settlement.ts';
import type { Lease } from './lease.ts';
import { loadPg } from './native.ts';
import type { PgClient } from './native.ts';

/** How long the first rung may take before the socket is cut. */
export const GRACE_MS = 1_500;

/** How long the answer to a cancel request may take before it is taken to have come too early; twice as long for the next. */
const TOO_EARLY_MS = 200;

/** Message codes of the protocol ("Message Formats"): CancelRequest and SSLRequest. */
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;

/**
 * Ends whatever runs on the lease and gives it back. Resolves with undefined once the work is seen to be undone, or
 * with the backend that may still be there.
 */
export async function rescue(
  lease: Lease,
  interrupt: () => Promise<void>,
  signal: AbortSignal,
): Promise<Leftover | undefined> {
  if (lease.untouched) {
    lease.release();
    return undefined;
  }
  const orderly = async (): Promise<void> => {
    await interrupt();
    await lease.rollback();
  };
  if (await inTime(lease, orderly, signal)) {
    lease.release();
    return undefined;
  }
  return (await endBackend(lease, signal)) ? undefined : leftoverOf(lease);
}

/** Whether `orderly`, which leaves the client at ReadyForQuery, was done in its time; else the client is cut off. */
export async function inTime(lease: Lease, orderly: () => Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await bounded(orderly(), {
      signal,
      timeout: { ms: GRACE_MS, code: 'RESPONSE_TIMEOUT', message: 'no answer to the interrupt' },
    });
    return true;
  } catch {
    lease.destroy();
  }
  return false;
}

export function leftoverOf(lease: Lease): Leftover | undefined {
  const pid = (lease.backend ?? lease.identity)?.pid ?? lease.client.processID;
  return pid === null ? undefined : { backendPid: pid };
}

/**
 * Has what runs on the lease cancelled, and resolves when it is over. A request meets nothing where a statement waits in
 * a pooler, was not read yet, or is just between two executions: then another one is sent.
 */
export async function cancelUntil(over: Promise<unknown>, lease: Lease, signal: AbortSignal): Promise<void> {
  // Both: a cancel request that is still on its way would meet the next statement.
  let pauseMs = TOO_EARLY_MS / 2;
  do await sendCancelRequest(lease.client, signal);
  while (!lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));
}

function isOverWithin(over: Promise<unknown>, ms: number): Promise<boolean> {
  const timeout = { ms, code: 'RESPONSE_TIMEOUT', message: 'the statement was not met' } as const;
  const settled = over.then(
    () => true,
    () => true,
  );
  return bounded(settled, { timeout }).catch(() => false);
}

/**
 * Asks the server to cancel what runs on `client`; resolves when the server has closed the request's connection, after
 * which no late cancel can hit the client's next query ("Canceling Requests in Progress").
 */
export async function sendCancelRequest(client: PgClient, signal: AbortSignal): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST, 4);
  request.writeInt32BE(client.processID ?? 0, 8);
  request.writeInt32BE(client.secretKey ?? 0, 12);
  const { host, port } = client;
  const socket = host.startsWith('/') ? net.connect(`${host}/.s.PGSQL.${port}`) : net.connect(port, host);
  try {
    await bounded(exchange(socket, client.ssl, host, request), { signal });
  } finally {
    socket.destroy();
  }
}

function exchange(socket: net.Socket, ssl: unknown, host: string, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = (wire: net.Socket): void => {
      wire.on('error', reject);
      wire.on('close', () => resolve());
      wire.resume();
      wire.write(request);
    };
    socket.on('error', reject);
    socket.on('connect', () => {
      if (ssl === undefined || ssl === false) {
        send(socket);
        return;
      }
      const ask = Buffer.alloc(8);
      ask.writeInt32BE(8, 0);
      ask.writeInt32BE(SSL_REQUEST, 4);
      socket.write(ask);
      socket.once('data', () => {
        const options: ConnectionOptions = typeof ssl === 'object' && ssl !== null ? ssl : {};
        // node-postgres hides the private key from enumeration, and so from a spread.
        const key = options.key === undefined ? {} : { key: options.key };
        // The name of an IP address must not be sent; `host` is what the certificate is compared with all the same.
        const servername = net.isIP(host) === 0 ? { servername: host } : {};
        const to: ConnectionOptions = { ...options, ...key, ...servername, host, socket };
        const secured: tls.TLSSocket = tls.connect(to, () => send(secured));
        secured.on('error', reject);
      });
    });
  });
}

/** A second connection to the lease's server, for `work` alone. */
export async function withSpareClient<T>(
  lease: Lease,
  signal: AbortSignal,
  work: (client: PgClient) => Promise<T>,
): Promise<T> {
  const { Client } = await loadPg();
  const { host, port, user, password, database, ssl } = lease.client;
  const spare = new Client({ host, port, user, password, database, ssl: ssl as ConnectionOptions | boolean });
  spare.on('error', () => undefined);
  try {
    return await bounded(
      spare.connect().then(() => work(spare)),
      { signal },
    );
  } finally {
    spare.connection.stream.destroy();
  }
}

/** Whether the lease's backend is gone, ended by us if need be. A recycled pid is told apart by its start. */
export async function endBackend(lease: Lease, signal: AbortSignal): Promise<boolean> {
  const backend = lease.backend ?? lease.identity;
  if (backend === undefined) return false;
  const same = 'pid = $1 AND backend_start = $2::timestamptz';
  try {
    return await withSpareClient(lease, signal, async (client) => {
      const who = [backend.pid, backend.startedAt];
      await client.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${same}`, who);
      const { rows } = await client.query(`SELECT 1 FROM pg_stat_activity WHERE ${same}`, who);
      return rows.length === 0;
    });
  } catch {
    // The server cannot be reached: whether the backend is gone cannot be known.
    return false;
  }
}

/** What the server says of a transaction whose COMMIT was not answered; undefined when it cannot say. */
export async function transactionStatus(
  lease: Lease,
  signal: AbortSignal,
): Promise<'committed' | 'aborted' | undefined> {
  const xid = lease.backend?.xid;
  if (xid === undefined) return undefined;
  const ask = (): Promise<unknown> =>
    withSpareClient(lease, signal, async (client) => {
      const { rows } = await client.query('SELECT pg_xact_status($1::xid8) AS status', [xid]);
      return rows[0]?.['status'];
    });
  let status = await ask();
  if (status === 'in progress' && (await endBackend(lease, signal))) status = await ask();
  return status === 'committed' || status === 'aborted' ? status : undefined;
}
