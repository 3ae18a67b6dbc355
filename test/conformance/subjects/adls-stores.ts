/** ADLS Gen2 as a store, by the calls of a client. */
import assert from 'node:assert/strict';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adls2 } from '../../../src/index.ts';
import type { PathInfo } from '../../../src/index.ts';
import type { Subject } from '../check.ts';
import type { Stat, Store, StorePlace } from '../store/place.ts';
import type { AdlsAccount } from './adls-servers.ts';
import { arrangingClient, wireTo } from './adls-service.ts';
import { removed, temporaryPaths } from './adls-sinks.ts';
import { once } from './once.ts';

const RETRY = { attempts: 2, minDelay: 1 };
const PART = 128 * 1024;
/** What a client sends with the request that makes a file visible. */
const COMMITS = ['x-ms-rename-source'];

const LACKS = {
  'lists every name once, in the order of its UTF-8 bytes, over several pages':
    'a client tells paths in the order of the tree, as the service does',
};

/** `pages`: so many paths are more than the service lists at once. */
export function adlsClientSubject(
  service: string,
  start: () => Promise<AdlsAccount>,
  pages: number,
  remarks: Pick<Subject<StorePlace>, 'opaqueWire'> = {},
): Subject<StorePlace> {
  const running = once(start);
  let places = 0;
  return {
    ...{ name: `a client of ${service}`, start: () => running.get(), close: () => running.close() },
    ...{ lacks: LACKS, ...remarks },
    async open() {
      const at = await running.get();
      return place(at, `${at.prefix}store-${(places += 1)}`, pages);
    },
  };
}

async function place(at: AdlsAccount, directory: string, pages: number): Promise<StorePlace> {
  const { container } = at;
  const { files, close } = arrangingClient(at);
  const { config, wire, close: closeWire } = await wireTo(at, COMMITS);
  const prefix = `${directory}/`;
  return {
    store: storeOfClient(config, container, prefix),
    nowhere: storeOfClient(config, 'no-such-container-anywhere', prefix),
    remove: (name) => removed(files, prefix + name),
    buffers: [PART],
    ...{ pages, patienceMs: 20_000 },
    ...(wire === undefined ? {} : { wire }),
    assertClean: async () => assert.deepEqual(await temporaryPaths(files, directory), [], 'a temporary path is left'),
    async [Symbol.asyncDispose]() {
      closeAdlsClients();
      await closeWire();
      await removed(files, directory);
      close();
    },
  };
}

function storeOfClient(config: Adls2Settings, container: string, prefix: string): Store {
  const client = adls2.client('default', config);
  const reading = { partSize: PART, concurrency: 2, retry: RETRY };
  const statOf = ({ path, size, etag, lastModified, contentType, metadata }: PathInfo): Stat => ({
    ...{ name: path.slice(prefix.length), size, etag, lastModified },
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  return {
    write: (name, bytes, { ifAbsent = false, ...options } = {}) =>
      client.uploadBytes(container, prefix + name, bytes, {
        ...{ partSize: PART, retry: RETRY, overwrite: !ifAbsent, cleanupTimeout: 200, ...options },
      }),
    read: (name, { range, etag: ifMatch, signal } = {}) =>
      client.downloadBytes(container, prefix + name, { ...reading, ...range, ifMatch, signal }),
    async stat(name, { signal } = {}) {
      await using source = client.downloadStream(container, prefix + name, { ...reading, signal });
      return statOf(await source.info);
    },
    async *list(under, { signal } = {}) {
      for await (const info of client.listPaths(container, { prefix: prefix + under, signal, retry: RETRY })) {
        if (!info.isDirectory) yield statOf(info);
      }
    },
  };
}
