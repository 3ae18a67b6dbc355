import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { adlsSource } from '../../src/connectors/adls2/source.ts';
import { ConnectorError } from '../../src/errors.ts';
import { openPut, openSource } from '../connectors/adls2/reading.ts';
import { BYTES, CONTAINER, PART, openSink, requests, settingsFor, useAdlsServer } from '../connectors/adls2/writing.ts';
import { assertSameBytes, connectorRejection, listenersOn, readAll } from '../connectors/s3/support.ts';
import { eventually } from '../support/leaks.ts';
import { warnings } from '../support/unhandled.ts';
import { temporaryPaths } from '../support/watches/temporary-paths.ts';

const ROUNDS = 4;
/** More than Node lets listen without a warning. */
const AT_ONCE = 16;

describe('many streams of ADLS', () => {
  const server = useAdlsServer();

  it('on one signal, half of them aborted, leave no listener, request, temporary path or half a file behind', async () => {
    server.adls.putFile(CONTAINER, 'dir/file', BYTES);
    const { signal } = new AbortController();
    const copy = async (path: string, own?: AbortSignal) => {
      const source = openSource(server.adls, { signal });
      const sink = openSink(server.adls, { path, partSize: 2 * PART, signal });
      await pipeline(source, sink, { signal: own ?? signal }).catch(() => undefined);
      const [read, written] = await Promise.all([source.settled, sink.settled]);
      return { read: read.cleanup, written: written.cleanup, outcome: written.outcome };
    };
    const warned = await warnings(async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const controller = new AbortController();
        const doomed = Array.from({ length: AT_ONCE / 2 }, (_, n) => copy(`doomed/${round}-${n}`, controller.signal));
        const kept = Array.from({ length: AT_ONCE / 2 }, (_, n) => copy(`kept/${round}-${n}`));
        await server.adls.waitFor('AppendFile', requests(server.adls, 'AppendFile').length + 1);
        controller.abort();
        for (const { read, written } of await Promise.all([...doomed, ...kept])) {
          assert.deepEqual([read, written], ['confirmed', 'confirmed']);
        }
        assert.equal(listenersOn(controller.signal), 0);
        for (const { outcome } of await Promise.all(kept)) assert.equal(outcome, 'done');
      }
    });
    assert.deepEqual(warned, []);
    assert.equal(listenersOn(signal), 0);
    assert.deepEqual(temporaryPaths(server.adls), []);
    const files = server.adls.paths(CONTAINER).filter(({ path }) => /^(?:kept|doomed)\//.test(path));
    for (const { path } of files) {
      const stored = server.adls.getFile(CONTAINER, path);
      if (stored !== undefined) assertSameBytes(stored, BYTES);
    }
    assert.equal(files.filter(({ path }) => path.startsWith('kept/')).length, (ROUNDS * AT_ONCE) / 2);
    await eventually(() => {
      const open = server.adls.operations.filter(({ endedAt }) => endedAt === undefined);
      assert.equal(open.length, 0, 'requests are still under way');
    });
  });

  it('whose answers are refused keep no connection: more of them than there are sockets', async () => {
    server.adls.makeDirectory(CONTAINER, 'dir');
    const fault = server.adls.on('GetBlob', 'always', { ignoreRange: true });
    for (let n = 0; n < 60; n += 1) {
      const error = await connectorRejection(readAll(openSource(server.adls, { path: 'dir', responseTimeout: 2_000 })));
      assert.equal(error.code, 'REQUEST_REFUSED');
    }
    assert.equal(fault.fired, 60);
  });

  it('open nothing when their signal has fired before', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const config = settingsFor(server.adls);
    for (const source of [
      openPut(server.adls, { signal }),
      adlsSource(`adls://${CONTAINER}/dir/`, { config, signal }),
    ]) {
      const error = await connectorRejection(readAll(source));
      assert.ok(error instanceof ConnectorError && error.code === 'ABORTED');
      assert.equal((await source.settled).cleanup, 'confirmed');
    }
    assert.deepEqual(server.adls.operations, []);
  });
});
