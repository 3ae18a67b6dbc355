/** What the tests of aborts of the ADLS sink share: an account behind a proxy, and a sink on a signal. */
import assert from 'node:assert/strict';
import type { AdlsFileSink, AdlsFileSinkOptions } from '../../../src/connectors/adls2/file-sink.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import { listenersOn } from '../s3/support.ts';
import { openSink, settingsFor, useAdlsServer } from './writing.ts';

export interface Aborting {
  readonly adls: AdlsServer;
  readonly proxy: ChaosProxy;
  readonly controller: AbortController;
  sink(options?: Partial<AdlsFileSinkOptions>): AdlsFileSink;
}

/** Made anew for each test. After each, no listener may be left on the signal. */
export function useAborting(): Aborting {
  const server = useAdlsServer();
  const current: { proxy?: ChaosProxy; controller: AbortController } = { controller: new AbortController() };
  const proxy = (): ChaosProxy => {
    assert.ok(current.proxy !== undefined);
    return current.proxy;
  };
  beforeEach(async () => {
    current.proxy = await startChaosProxy({ host: '127.0.0.1', port: server.adls.port });
    current.controller = new AbortController();
  });
  afterEach(async () => {
    assert.equal(listenersOn(current.controller.signal), 0);
    await current.proxy?.close();
  });
  return {
    get adls() {
      return server.adls;
    },
    get proxy() {
      return proxy();
    },
    get controller() {
      return current.controller;
    },
    sink: (options = {}) => {
      const config = settingsFor(server.adls, proxy().port);
      return openSink(server.adls, { config, signal: current.controller.signal, ...options });
    },
  };
}
