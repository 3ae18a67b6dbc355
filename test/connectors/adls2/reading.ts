/** What the tests of the ADLS sources share: a source of small parts, and faults on one of them. */
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import type { AdlsFileSource, AdlsFileSourceOptions } from '../../../src/connectors/adls2/file-source.ts';
import type {
  AdlsFaultAction,
  AdlsFaultHandle,
  AdlsServer,
  PutFileOptions,
} from '../../../src/testing/adls-server/index.ts';
import { KIB, QUICK, patterned } from '../s3/support.ts';
import { CONTAINER, settingsFor } from './server.ts';

export { CONTAINER, requests, settingsFor, useAdlsServer } from './server.ts';

export const PART = 64 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);

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
