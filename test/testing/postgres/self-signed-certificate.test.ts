import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import type { ConnectionOptions, Server } from 'node:tls';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';

describe('createServerCertificate', () => {
  const { ca, certificate, privateKey } = createServerCertificate();
  let server: Server;
  let port: number;

  before(async () => {
    server = createServer({ cert: certificate, key: privateKey }, (socket) => socket.end());
    server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });

  after(async () => {
    server.close();
    await once(server, 'close');
  });

  const handshake = async (options: ConnectionOptions): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port, ...options });
    try {
      await once(socket, 'secureConnect');
    } finally {
      socket.destroy();
    }
  };

  it('is accepted for localhost and 127.0.0.1 by who trusts the authority', async () => {
    await handshake({ ca });
    await handshake({ ca, servername: 'localhost' });
  });

  it('is refused by who does not trust the authority, or trusts another one', async () => {
    await assert.rejects(handshake({}), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await assert.rejects(handshake({ ca: createServerCertificate().ca }));
  });

  it('is refused for any other name', async () => {
    await assert.rejects(handshake({ ca, servername: 'example.org' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('is well-formed: issued by the authority, for a server, with a positive serial number', () => {
    for (let round = 0; round < 50; round += 1) {
      const made = createServerCertificate();
      const [leaf, authority] = [new X509Certificate(made.certificate), new X509Certificate(made.ca)];
      assert.equal(leaf.checkIssued(authority), true);
      assert.equal(leaf.verify(authority.publicKey), true);
      assert.deepEqual([authority.ca, leaf.ca], [true, false]);
      assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1']);
      assert.equal(leaf.subjectAltName, 'DNS:localhost, IP Address:127.0.0.1');
      assert.doesNotMatch(leaf.serialNumber, /^-/);
    }
  });
});
