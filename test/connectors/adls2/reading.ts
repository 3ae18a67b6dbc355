/** What the tests of the ADLS sources share: a server for each test, and a source of small parts. */
import assert from 'node:assert/strict';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import type { AdlsFileSource, AdlsFileSourceOptions } from '../../../src/connectors/adls2/file-source.ts';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type {
  AdlsFaultAction,
  AdlsFaultHandle,
  AdlsOperation,
  AdlsOperationEntry,
  AdlsServer,
  AdlsServerOptions,
  PutFileOptions,
} from '../../../src/testing/adls-server/index.ts';
import { KIB, QUICK, patterned } from '../s3/support.ts';

export const CONTAINER = 'lake';
export const PART = 64 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);

/** One server for each test; the clients made for it are closed with it. */
export function useAdlsServer(options: AdlsServerOptions = {}): { readonly adls: AdlsServer } {
  const current: { adls?: AdlsServer } = {};
  beforeEach(async () => {
    current.adls = await startAdlsServer({ containers: [CONTAINER], ...options });
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

/** Opens `dir/file`. */
export function openSource(adls: AdlsServer, options: Partial<AdlsFileSourceOptions> = {}): AdlsFileSource {
  const target = { container: CONTAINER, path: 'dir/file', partSize: PART };
  return adlsFileSource({ ...target, config: settingsFor(adls), retry: QUICK, ...options });
}

/** Puts `dir/file` there and opens it. */
export function openPut(
  adls: AdlsServer,
  options: Partial<AdlsFileSourceOptions> = {},
  stored: PutFileOptions = {},
): AdlsFileSource {
  adls.putFile(CONTAINER, 'dir/file', BYTES, stored);
  return openSource(adls, options);
}

export function requests(adls: AdlsServer, operation: AdlsOperation): readonly AdlsOperationEntry[] {
  return adls.operations.filter((entry) => entry.operation === operation);
}

/** A fault on the requests for a part, from the one after `skip` on, until `until` have been made. */
export function onPart(
  adls: AdlsServer,
  part: number,
  { until = Infinity, skip = 0 }: { readonly until?: number; readonly skip?: number },
  action: AdlsFaultAction,
): AdlsFaultHandle {
  let asked = 0;
  const last = Math.min((part + 1) * PART, BYTES.length) - 1;
  const selects = (range = ''): boolean => {
    if (!range.endsWith(`-${last}`)) return false;
    asked += 1;
    return asked > skip && asked <= until;
  };
  return adls.on('GetBlob', ({ range }) => selects(range), action);
}
