/** The HTTP side: a server on loopback that knows its sockets, so that closing it leaves nothing behind. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { carries } from './reset.ts';

export type Handle = (message: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => void;

export interface Listener {
  readonly port: number;
  /** Ends all connections at once and frees the port; idempotent. */
  close(): Promise<void>;
}

/** A 1,024-byte key in percent signs, twice, with a presigned query and a session token. */
const MAX_HEADER_BYTES = 64 * 1024;

/** In PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** With a certificate, over TLS. */
export async function listen(host: string, port: number, handle: Handle, certificate?: Certificate): Promise<Listener> {
  /** By the port of the client. */
  const sockets = new Map<number | undefined, Socket>();
  // No timer of the server's own may end a connection that a test stalls or keeps alive.
  const options = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, headersTimeout: 0, keepAliveTimeout: 0 };
  const server =
    certificate === undefined
      ? createServer(options)
      : createSecureServer({ ...options, cert: certificate.certificate, key: certificate.privateKey });
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => {
      if (sockets.get(remotePort) === socket) sockets.delete(remotePort);
    });
  });
  server.on('secureConnection', (socket: Socket) => {
    const tcp = sockets.get(socket.remotePort);
    if (tcp !== undefined) carries(tcp, socket);
  });
  server.on('request', (message, response) => handle(message, response, false));
  server.on('checkContinue', (message, response) => handle(message, response, true));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      (closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      })),
  };
}
