/** What the tests of the ADLS sink share: a server for each test, and a sink of small parts. */
import assert from 'node:assert/strict';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import type { AdlsFileSink, AdlsFileSinkOptions } from '../../../src/connectors/adls2/file-sink.ts';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type {
  AdlsOperation,
  AdlsOperationEntry,
  AdlsServer,
  AdlsServerOptions,
} from '../../../src/testing/adls-server/index.ts';
import { temporaryPaths, watchTemporaryPaths } from '../../support/watches/temporary-paths.ts';
import { KIB, QUICK, patterned } from '../s3/support.ts';

export const CONTAINER = 'lake';
export const PATH = 'dir/file';
export const PART = 16 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);

/** One server for each test; the clients made for it are closed with it. */
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
export function settingsFor({ accountName, accountKey }: AdlsServer, port: number): Adls2Settings {
  return { accountUrl: `http://127.0.0.1:${port}/${accountName}`, accountKey };
}

export function openSink(adls: AdlsServer, options: Partial<AdlsFileSinkOptions> = {}): AdlsFileSink {
  const target = { container: CONTAINER, path: PATH, partSize: PART };
  return adlsFileSink({ ...target, config: settingsFor(adls, adls.port), retry: QUICK, ...options });
}

export function requests(adls: AdlsServer, operation: AdlsOperation): readonly AdlsOperationEntry[] {
  return adls.operations.filter((entry) => entry.operation === operation);
}

export const stored = (adls: AdlsServer, path = PATH): Buffer =>
  adls.getFile(CONTAINER, path) ?? Buffer.from('no such file');

/** Neither a file nor a temporary path. No bytes are compared: to show how large ones differ takes all memory. */
export function assertNothingLeft(adls: AdlsServer, path = PATH): void {
  assert.ok(adls.getFile(CONTAINER, path) === undefined, 'a file is left');
  assert.deepEqual(temporaryPaths(adls), []);
}
