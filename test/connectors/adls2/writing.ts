/** What the tests of the ADLS sinks share: a sink of small parts, and what it leaves. */
import assert from 'node:assert/strict';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import type { AdlsFileSink, AdlsFileSinkOptions } from '../../../src/connectors/adls2/file-sink.ts';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { temporaryPaths } from '../../support/watches/temporary-paths.ts';
import { KIB, QUICK, patterned } from '../s3/support.ts';
import { CONTAINER, settingsFor } from './server.ts';

export { CONTAINER, requests, settingsFor, useAdlsServer } from './server.ts';

export const PATH = 'dir/file';
export const PART = 16 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);

export function openSink(adls: AdlsServer, options: Partial<AdlsFileSinkOptions> = {}): AdlsFileSink {
  const target = { container: CONTAINER, path: PATH, partSize: PART };
  return adlsFileSink({ ...target, config: settingsFor(adls), retry: QUICK, ...options });
}

export const stored = (adls: AdlsServer, path = PATH): Buffer =>
  adls.getFile(CONTAINER, path) ?? Buffer.from('no such file');

/** Neither a file nor a temporary path. No bytes are compared: to show how large ones differ takes all memory. */
export function assertNothingLeft(adls: AdlsServer, path = PATH): void {
  assert.ok(adls.getFile(CONTAINER, path) === undefined, 'a file is left');
  assert.deepEqual(temporaryPaths(adls), []);
}
