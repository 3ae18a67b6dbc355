/** Whether what was written has reached the peer's kernel: an RST throws away what still waits in ours. */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

// Long for loopback, short for a test. A peer that does not read never empties the queue.
const LIMIT_MS = 200;
const POLL_MS = 2;
// Where the system does not say, the time loopback needs several times over.
const BLIND_MS = 20;

/** Resolves when the socket's send queue is empty, or after 200 ms. Exact on Linux, a short wait elsewhere. */
export const sendQueueEmpty = async (socket: Socket): Promise<void> => {
  if (process.platform !== 'linux') return sleep(BLIND_MS);
  const deadline = performance.now() + LIMIT_MS;
  while (!socket.destroyed && performance.now() < deadline) {
    if ((await queued(socket)) === 0) return;
    await sleep(POLL_MS);
  }
};

// `sl  local_address rem_address st tx_queue:rx_queue ...`, in hexadecimal (proc(5), /proc/net/tcp).
const ENTRY = /^\s*\d+: [\dA-F]+:([\dA-F]{4}) [\dA-F]+:([\dA-F]{4}) [\dA-F]{2} ([\dA-F]{8}):/;

const queued = async ({ localPort, remotePort, localFamily }: Socket): Promise<number> => {
  const table = await readFile(localFamily === 'IPv6' ? '/proc/net/tcp6' : '/proc/net/tcp', 'latin1').catch(() => '');
  const entry = table
    .split('\n')
    .map((line) => ENTRY.exec(line))
    .find((fields) => {
      return hexadecimal(fields?.[1]) === localPort && hexadecimal(fields?.[2]) === remotePort;
    });
  return entry ? hexadecimal(entry[3]) : 0;
};

const hexadecimal = (digits: string | undefined): number => Number.parseInt(digits ?? '', 16);
