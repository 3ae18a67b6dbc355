/** What stands before Postgres in many clouds: it takes TLS from clients with the right certificate, and passes the rest on as it is. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';

export interface TlsTerminator extends AsyncDisposable {
  readonly port: number;
  /** For clients: whom to trust, and who they are. */
  readonly ssl: { readonly ca: string; readonly cert: string; readonly key: string };
  /** Clients that showed the certificate, and clients that did not and were turned away. */
  readonly let: { in: number; out: number };
}

/** The server's answer to an SSLRequest (Postgres manual, "SSL Session Encryption"). */
const YES = 'S';

export async function startTlsTerminator(target: {
  readonly host: string;
  readonly port: number;
}): Promise<TlsTerminator> {
  const server = createServerCertificate();
  const client = createServerCertificate();
  const counted = { in: 0, out: 0 };
  const open = new Set<Socket>();
  const hold = <S extends Socket>(socket: S): S => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => socket.destroy());
    return socket;
  };

  const serve = (wire: Socket): void => {
    hold(wire).once('data', () => {
      wire.write(YES);
      const settings = {
        key: server.privateKey,
        cert: server.certificate,
        requestCert: true,
        rejectUnauthorized: false,
      };
      const secured = hold(new TLSSocket(wire, { isServer: true, ...settings }));
      secured.once('secure', () => {
        const shown = secured.getPeerX509Certificate()?.toString();
        if (shown?.trim() !== client.certificate.trim()) {
          counted.out += 1;
          secured.destroy();
          return;
        }
        counted.in += 1;
        const behind = hold(connect(target.port, target.host));
        secured.pipe(behind).pipe(secured);
        behind.on('close', () => secured.destroy());
        secured.on('close', () => behind.destroy());
      });
    });
  };

  const listener = createServer(serve).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    port: (listener.address() as AddressInfo).port,
    ssl: { ca: server.ca, cert: client.certificate, key: client.privateKey },
    let: counted,
    async [Symbol.asyncDispose]() {
      const closed = once(listener, 'close');
      listener.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
