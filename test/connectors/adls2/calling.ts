/** What the tests of the calls of an ADLS client share: a client of the test's server, and a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import type { Adls2Client } from '../../../src/connectors/adls2/index.ts';
import { adls2, connectors } from '../../../src/connectors/registry.ts';
import type { AdlsServer, AdlsServerOptions } from '../../../src/testing/adls-server/index.ts';
import { settingsFor, useAdlsServer } from './writing.ts';

export interface Calling {
  readonly adls: AdlsServer;
  /** Made anew for each test. */
  readonly folder: string;
  open(config?: Adls2Settings): Adls2Client;
}

export function useCalling(options: AdlsServerOptions = {}): Calling {
  const server = useAdlsServer(options);
  let folder = '';
  beforeEach(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'calls-'))));
  afterEach(() => rm(folder, { recursive: true }));
  afterEach(() => connectors.reset());
  return {
    get adls() {
      return server.adls;
    },
    get folder() {
      return folder;
    },
    open: (config = {}) => adls2.client('default', { ...settingsFor(server.adls, server.adls.port), ...config }),
  };
}

/** Every path of the container, as it is. */
export const pathsIn = (adls: AdlsServer, container: string): string[] =>
  adls.paths(container).map(({ path: name, isDirectory }) => (isDirectory ? `${name}/` : name));
