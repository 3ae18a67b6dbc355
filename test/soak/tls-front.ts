/** TLS before a server that has none: a network that changes bytes is then noticed, as it is anywhere outside of a test. */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import tls from 'node:tls';
import { createServerCertificate } from '../../src/testing/postgres/self-signed-certificate.ts';

export interface TlsFront extends AsyncDisposable {
  readonly port: number;
  /** What a client has to trust, as PEM. */
  readonly ca: string;
}

/** Listens on a free port of 127.0.0.1 and hands what it decrypts to `port`. */
export async function startTlsFront(port: number): Promise<TlsFront> {
  const { ca, certificate: cert, privateKey: key } = createServerCertificate();
  const server = tls.createServer({ key, cert }, (secure) => {
    const plain = connect({ host: '127.0.0.1', port, noDelay: true });
    // Either end may break at any time: then both are gone, and that is all there is to it.
    const done = () => {
      secure.destroy();
      plain.destroy();
    };
    pipeline(secure, plain, secure).then(done, done);
  });
  // A handshake that was damaged.
  server.on('tlsClientError', (_error, secure) => secure.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  });
  return {
    port: (server.address() as AddressInfo).port,
    ca,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
