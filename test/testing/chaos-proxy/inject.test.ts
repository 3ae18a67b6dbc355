import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { assertSameBytes, dial, positionalBytes, startTarget } from './peers.ts';
import type { Target } from './peers.ts';

describe('actions of the chaos proxy on connections that are open', () => {
  let target: Target;
  let proxy: ChaosProxy;

  beforeEach(async () => {
    target = await startTarget({ echo: true });
    proxy = await startChaosProxy(target);
  });

  afterEach(async () => {
    await proxy.close();
    await target[Symbol.asyncDispose]();
  });

  const opened = async (count: number) => {
    const clients = [];
    for (let n = 0; n < count; n += 1) {
      const client = await dial(proxy.port);
      client.socket.write('hello');
      await client.has(5);
      clients.push(client);
    }
    return clients;
  };

  it('are carried out at once on all of them, both ways, and logged', async () => {
    const clients = await opened(3);
    assert.equal(proxy.inject('reset'), 3);
    assert.deepEqual(await Promise.all(clients.map(({ ended }) => ended)), ['RST', 'RST', 'RST']);
    const injected = proxy.log.filter(({ event }) => event === 'injected');
    assert.deepEqual(new Set(injected.map(({ action }) => action)), new Set(['reset']));
    assert.equal(proxy.inject('reset'), 0);
  });

  it('are carried out on one connection and one direction where told so', async () => {
    const [first, second] = await opened(2);
    assert.equal(proxy.inject('corrupt', { direction: 'down', connection: 2 }), 1);
    for (const client of [first, second]) client?.socket.write('a');
    assert.equal((await first?.has(6))?.toString(), 'helloa');
    assert.deepEqual((await second?.has(6))?.at(-1), 0xff ^ 0x61);
  });

  it('hinder until restored by another one', async () => {
    const [client] = await opened(1);
    proxy.inject({ slice: 1, pauseMs: 60_000 });
    client?.socket.write('many bytes');
    await (await target.peer(1)).has(6);
    proxy.inject('restore');
    assert.equal((await client?.has(15))?.toString(), 'hellomany bytes');
  });

  it('stalls end without healing: plans stay, and those who wait are served', async () => {
    const [old] = await opened(1);
    proxy.plan(() => ({ up: [{ when: { afterBytes: 3 }, do: 'reset' }] }));
    proxy.stallAll();
    const young = await dial(proxy.port);
    young.socket.write('young');
    await proxy.waitFor('stalled');
    old?.socket.write(' again');
    proxy.unstallAll();
    assert.equal((await old?.has(11))?.toString(), 'hello again');
    assert.equal(await young.ended, 'RST');
    assert.equal((await (await target.peer(2)).has(3)).toString(), 'you');
  });

  it('slow TLS down without touching it', async () => {
    await using secure = await startTlsEcho();
    secure.proxy.plan(() => ({
      up: [{ when: { afterBytes: 0 }, do: { slice: 100 } }],
      down: [{ when: { afterBytes: 0 }, do: { latencyMs: 5, jitterMs: 5 } }],
    }));
    const client = await secure.connect();
    assert.equal(client.authorized, true);
    const sent = positionalBytes(50_000);
    client.end(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of client) chunks.push(chunk as Buffer);
    assertSameBytes(Buffer.concat(chunks), sent);
  });

  it('break TLS where they corrupt one byte of it', async () => {
    await using secure = await startTlsEcho();
    const client = await secure.connect();
    client.write('once');
    await once(client, 'data');
    secure.proxy.inject('corrupt', { direction: 'down' });
    // Node reports the broken record, and later the end of the connection as well.
    const broken = new Promise((resolve) => client.on('error', resolve));
    client.write('twice');
    assert.match(String(await broken), /bad record/i);
  });
});

/** A server that sends back what it gets over TLS, with a proxy before it. */
const startTlsEcho = async () => {
  const { ca, certificate: cert, privateKey: key } = createServerCertificate();
  const server = tls.createServer({ key, cert }, (socket) => socket.on('error', () => undefined).pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const proxy = await startChaosProxy({ host: '127.0.0.1', port });
  return {
    proxy,
    async connect() {
      const client = tls.connect({ port: proxy.port, host: '127.0.0.1', servername: 'localhost', ca });
      await once(client, 'secureConnect');
      return client;
    },
    async [Symbol.asyncDispose]() {
      await proxy.close();
      server.close();
      await once(server, 'close');
    },
  };
};
