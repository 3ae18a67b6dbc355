/** Plain TCP ends to put around the proxy: they keep every byte and know how the connection ended. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Peer {
  readonly socket: Socket;
  /** All that came so far. */
  bytes(): Buffer;
  /** Resolves when so many bytes have come. */
  has(count: number): Promise<Buffer>;
  /** The other end's last word. */
  readonly ended: Promise<'FIN' | 'RST'>;
}

export interface Target extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The nth connection that reached the target, from 1, as soon as it is there. */
  peer(number: number): Promise<Peer>;
  readonly accepted: number;
}

/** Clients that half-close stay until they are told to go. */
const dialled = new Set<Socket>();

/** Wraps a socket. It reads unless told to be lazy. */
export const peerOf = (socket: Socket, { lazy = false } = {}): Peer => {
  const chunks: Buffer[] = [];
  let length = 0;
  const came = Promise.withResolvers<'FIN' | 'RST'>();
  socket.on('end', () => came.resolve('FIN'));
  socket.on('error', () => came.resolve('RST'));
  socket.on('close', () => came.resolve('RST'));
  if (!lazy) {
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      socket.emit('progress');
    });
  }
  const has = async (count: number) => {
    while (length < count) await once(socket, 'progress');
    return Buffer.concat(chunks);
  };
  return { socket, bytes: () => Buffer.concat(chunks), has, ended: came.promise };
};

/** A server that answers nothing by itself. With `echo` it sends back what it gets. */
export const startTarget = async ({ echo = false } = {}): Promise<Target> => {
  const peers: Peer[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    peers.push(peerOf(socket));
    if (echo) socket.pipe(socket);
    server.emit('peer');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    async peer(number) {
      for (;;) {
        const peer = peers[number - 1];
        if (peer !== undefined) return peer;
        await once(server, 'peer');
      }
    },
    get accepted() {
      return peers.length;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of [...peers.map((peer) => peer.socket), ...dialled]) socket.destroy();
      dialled.clear();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Connects a client that half-closes only when told. */
export const dial = async (port: number, options: { lazy?: boolean } = {}): Promise<Peer> => {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  dialled.add(socket);
  const peer = peerOf(socket, options);
  // A refused connection may be reset before it is seen as connected.
  await Promise.race([once(socket, 'connect').catch(() => undefined), peer.ended]);
  return peer;
};

/** Bytes that differ wherever they are: a 4-byte counter over and over. */
export const positionalBytes = (length: number): Buffer => {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE(at + 1, at);
  return bytes.subarray(0, length);
};

/** Says where two runs of bytes part; a printed difference of a megabyte helps nobody. */
export const assertSameBytes = (actual: Buffer, expected: Buffer): void => {
  assert.equal(actual.length, expected.length);
  const parting = actual.equals(expected) ? -1 : actual.findIndex((byte, at) => byte !== expected[at]);
  assert.equal(parting, -1, `the bytes part at ${parting}`);
};
