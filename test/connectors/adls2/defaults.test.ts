/** What a profile without settings of its own does, seen on the Azure client that it makes and on what reaches a server. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setSecretsProvider } from '../../../src/config/secrets.ts';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import { adlsSource } from '../../../src/connectors/adls2/source.ts';
import { adls2, connectors } from '../../../src/connectors/registry.ts';
import { written } from '../../support/bytes.ts';
import { useFakeClock } from '../../support/fake-clock.ts';
import { KIB, QUICK, assertSameBytes, connectorRejection, patterned, readAll } from '../s3/support.ts';
import { CONTAINER, requests, settingsFor, useAdlsServer } from './server.ts';

const MIB = 1024 * KIB;
const PART = 4 * MIB;

/** What the SDK keeps of the options that it was given, which it tells nobody. */
interface Inside {
  readonly pipeline: {
    readonly options: {
      readonly agent: { readonly maxSockets: number; readonly keepAlive: boolean };
      readonly retryOptions: object;
      readonly redirectOptions: object;
    };
  };
}

describe('the defaults of ADLS', () => {
  const server = useAdlsServer();
  const config = () => settingsFor(server.adls);
  const target = { container: CONTAINER, path: 'dir/file' };
  afterEach(() => connectors.reset());

  it('are on the Azure client: one try, no redirects, sockets kept and to spare', async () => {
    const native = await adls2.client('default', config()).dataLakeServiceClient();
    const { agent, retryOptions, redirectOptions } = (native as unknown as Inside).pipeline.options;
    assert.deepEqual([retryOptions, redirectOptions], [{ maxTries: 1 }, { maxRetries: 0 }]);
    assert.deepEqual([agent.keepAlive, agent.maxSockets], [true, 50]);
  });

  for (const [operation, work] of [
    ['GetBlob', () => readAll(adlsFileSource({ ...target, config: config(), retry: QUICK }))],
    ['AppendFile', () => pipeline(['x'], adlsFileSink({ ...target, config: config(), retry: QUICK }))],
  ] as const) {
    it(`try a request five times: ${operation}`, async () => {
      const fault = server.adls.on(operation, 'always', { status: 500, code: 'InternalError' });
      assert.equal((await connectorRejection(work())).code, 'SERVER_ERROR');
      assert.deepEqual([fault.fired, requests(server.adls, operation).length], [5, 5]);
    });
  }

  it('write and read parts of 4 MiB', async () => {
    const data = patterned(PART + 1);
    await pipeline([data], adlsFileSink({ ...target, config: config() }));
    assertSameBytes(await readAll(adlsFileSource({ ...target, config: config() })), data);
    const appended = requests(server.adls, 'AppendFile').map(({ headers }) => Number(headers['content-length']));
    assert.deepEqual(
      appended.sort((one, other) => other - one),
      [PART, 1],
    );
    const asked = requests(server.adls, 'GetBlob').map(({ range }) => range);
    assert.deepEqual(asked.sort(), [`bytes=0-${PART - 1}`, `bytes=${PART}-${PART}`]);
  });

  it('have eight parts under way at a time, and one more in memory', async () => {
    const released = Promise.withResolvers<undefined>();
    server.adls.on('AppendFile', 'always', { hold: released.promise });
    const sink = adlsFileSink({ ...target, config: config() });
    const part = Buffer.alloc(PART);
    for (let n = 0; n < 9; n += 1) await written(sink, part);
    // Sent after whatever the sink sends of what it has taken.
    await adls2.client('default', config()).ping();
    const held = requests(server.adls, 'AppendFile').length;
    const finished = once(sink, 'finish');
    released.resolve(undefined);
    sink.end();
    await finished;
    assert.deepEqual([held, requests(server.adls, 'AppendFile').length], [8, 9]);
  });

  describe('of its clocks', () => {
    const clock = useFakeClock();
    afterEach(() => setSecretsProvider('vault', undefined));

    it('wait 5 s for a connection', async () => {
      const accepted = Promise.withResolvers<Socket>();
      // It takes connections, and never says a word of TLS.
      const mute = createServer(accepted.resolve);
      await once(mute.listen(0, '127.0.0.1'), 'listening');
      const accountUrl = `https://127.0.0.1:${(mute.address() as AddressInfo).port}/lake`;
      const unconnected = adls2.client('default', { ...config(), accountName: 'lake', accountUrl }).ping();
      const socket = await accepted.promise;
      assert.equal(await clock.runsOut(unconnected, 5_000), 'CONNECT_TIMEOUT');
      socket.destroy();
      mute.close();
    });

    it('wait 60 s for an answer', async () => {
      const fault = server.adls.on('GetBlob', 1, { stall: 'before' });
      const reading = readAll(adlsFileSource({ ...target, config: config(), retry: false }));
      await fault.firstFired;
      assert.equal(await clock.runsOut(reading, 60_000), 'RESPONSE_TIMEOUT');
    });

    it('wait 60 s for the next byte', async () => {
      server.adls.putFile(CONTAINER, 'dir/file', patterned(KIB));
      const fault = server.adls.on('GetBlob', 1, { stall: { afterBytes: 10 } });
      const source = adlsFileSource({ ...target, config: config(), retry: false });
      const reading = readAll(source);
      await Promise.all([fault.firstFired, source.info]);
      assert.equal(await clock.runsOut(reading, 60_000), 'IDLE_TIMEOUT');
    });

    it('wait 60 s for a page of a listing', async () => {
      const fault = server.adls.on('ListPaths', 1, { stall: 'before' });
      const reading = readAll(adlsSource(`adls://${CONTAINER}/d/`, { config: config(), retry: false, join: 'raw' }));
      await fault.firstFired;
      assert.equal(await clock.runsOut(reading, 60_000), 'RESPONSE_TIMEOUT');
    });

    it('wait 60 s for all of a call, however slow its answer may be', async () => {
      const fault = server.adls.on('ListContainers', 1, { stall: 'before' });
      const unanswered = adls2.client('default', { ...config(), timeouts: { read: '5m' } }).ping();
      await fault.firstFired;
      assert.equal(await clock.runsOut(unanswered, 60_000), 'DEADLINE_EXCEEDED');
    });

    it('wait 60 s for secrets, in a stream', async () => {
      setSecretsProvider('vault', () => new Promise(() => undefined));
      const hidden = { ...config(), accountKey: 'secret://vault/key' };
      const sink = adlsFileSink({ ...target, config: hidden, retry: false });
      assert.equal(await clock.runsOut(pipeline(['x'], sink), 60_000), 'CONNECT_TIMEOUT');
      const { outcome, cleanup } = await sink.settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
    });
  });
});
