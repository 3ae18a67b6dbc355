/** What all tests of ADLS streams share: a server for each test, settings that reach it, and what it was asked. */
import assert from 'node:assert/strict';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type {
  AdlsOperation,
  AdlsOperationEntry,
  AdlsServer,
  AdlsServerOptions,
} from '../../../src/testing/adls-server/index.ts';
import { watchTemporaryPaths } from '../../support/watches/temporary-paths.ts';

export const CONTAINER = 'lake';

/** One server for each test; the clients made for it are closed with it. No temporary path may be left on it. */
export function useAdlsServer(options: AdlsServerOptions = {}): { readonly adls: AdlsServer } {
  const current: { adls?: AdlsServer } = {};
  beforeEach(async () => {
    current.adls = await startAdlsServer({ containers: [CONTAINER], ...options });
    watchTemporaryPaths(current.adls);
  });
  afterEach(async () => {
    closeAdlsClients();
    await current.adls?.close();
  });
  return {
    get adls() {
      assert.ok(current.adls !== undefined);
      return current.adls;
    },
  };
}

/** Settings that reach the server; `port` for one that is reached through a proxy. */
export function settingsFor(adls: AdlsServer, port = adls.port): Adls2Settings {
  const { accountName, accountKey } = adls;
  return { accountUrl: `http://127.0.0.1:${port}/${accountName}`, accountKey };
}

export function requests(adls: AdlsServer, operation: AdlsOperation): readonly AdlsOperationEntry[] {
  return adls.operations.filter((entry) => entry.operation === operation);
}
