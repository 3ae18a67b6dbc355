/** Resets connections, encrypted ones too: of those, only the TCP socket below knows how. */
import type { Socket } from 'node:net';

const below = new WeakMap<Socket, Socket>();

/** Says which TCP socket carries an encrypted one. */
export function carries(tcp: Socket, encrypted: Socket): void {
  below.set(encrypted, tcp);
}

/** TCP RST, at once. */
export function reset(socket: Socket): void {
  (below.get(socket) ?? socket).resetAndDestroy();
}
