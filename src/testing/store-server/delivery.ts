/**
 * Tells when the bytes written to a socket have been read by the program at the other end.
 *
 * A reset throws away what the kernel has not sent yet, and on some systems what the receiver has not read yet. Node's
 * write callback only says that the kernel took the bytes. Both ends of a loopback connection are listed in Linux'
 * `/proc/net/tcp` with the bytes in their queues (proc(5)): ours is empty when the peer's kernel has everything, and
 * the peer's when its program has read everything.
 */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A client that does not read keeps its queue through a reset on Linux, so it is not waited for longer than this. */
const READER_GRACE_MS = 250;
/** Where the queues cannot be seen. */
const BLIND_GRACE_MS = 100;
const POLL_MS = 1;
/**
 * A program hands on what it has read within a few turns of its loop. What a slow consumer leaves in the buffers of its
 * own stream longer than this, Node drops with the connection, as it would with any server.
 */
const SETTLE_MS = 10;

/** Resolves when everything written was delivered, or the socket is gone. */
export async function delivered(socket: Socket): Promise<void> {
  if (!(await flushed(socket))) return;
  const started = performance.now();
  for (;;) {
    const queues = await readQueues(socket);
    if (socket.destroyed) return;
    const waited = performance.now() - started;
    if (queues === undefined ? waited >= BLIND_GRACE_MS : isDelivered(queues, waited)) break;
    await sleep(POLL_MS);
  }
  await sleep(SETTLE_MS);
}

/** Resolves with true when the kernel has taken everything written, with false when the socket is gone. */
export function flushed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve(false);
      return;
    }
    const closed = (): void => resolve(false);
    socket.once('close', closed);
    socket.write('', () => {
      socket.off('close', closed);
      resolve(!socket.destroyed);
    });
  });
}

interface Queues {
  /** Sent by us and not acknowledged by the peer's kernel. */
  readonly unsent: number;
  /** Received by the peer's kernel and not read by its program. */
  readonly unread: number;
}

const isDelivered = ({ unsent, unread }: Queues, waited: number): boolean =>
  unsent === 0 && (unread === 0 || waited >= READER_GRACE_MS);

async function readQueues(socket: Socket): Promise<Queues | undefined> {
  const table = await readFile('/proc/net/tcp', 'latin1').catch(() => undefined);
  const { localPort, remotePort } = socket;
  if (table === undefined || localPort === undefined || remotePort === undefined) return undefined;
  const ours = queuesOf(table, localPort, remotePort);
  if (ours === undefined) return undefined;
  return { unsent: ours.transmit, unread: queuesOf(table, remotePort, localPort)?.receive ?? 0 };
}

/** The row of the connection between two ports of 127.0.0.1. */
function queuesOf(table: string, from: number, to: number): { transmit: number; receive: number } | undefined {
  const row = new RegExp(`0100007F:${hexPort(from)} 0100007F:${hexPort(to)} [0-9A-F]{2} ([0-9A-F]+):([0-9A-F]+)`);
  const match = row.exec(table);
  if (match === null) return undefined;
  return { transmit: parseInt(match[1] ?? '0', 16), receive: parseInt(match[2] ?? '0', 16) };
}

const hexPort = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
