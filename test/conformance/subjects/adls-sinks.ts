/** The ADLS sinks, as subjects. */
import assert from 'node:assert/strict';
import type { DataLakeFileSystemClient, RestError } from '@azure/storage-file-datalake';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import { adlsFileSink, adlsSink } from '../../../src/connectors/adls2/index.ts';
import type { AdlsWriteOptions } from '../../../src/connectors/adls2/index.ts';
import type { Sink } from '../../../src/core/sink.ts';
import type { SinkPlace } from '../sink/place.ts';
import { remembering } from './abandoned.ts';
import type { AdlsAccount } from './adls-servers.ts';
import { arrangingClient, wireTo } from './adls-service.ts';
import { once } from './once.ts';
import type { Remarks, SinkSubject } from './s3-sinks.ts';

const HIGH_WATER_MARK = 64 * 1024;
const PART = 64 * 1024;
const CONCURRENCY = 2;
const PARTS_HELD = 3;
/** What a client sends with the request that makes a file visible. */
const COMMITS = ['x-ms-rename-source'];

interface Variant {
  readonly factory: string;
  make(container: string, path: string, options: AdlsWriteOptions): Sink<unknown>;
}

const VARIANTS: readonly Variant[] = [
  { factory: 'adlsFileSink', make: (container, path, options) => adlsFileSink({ container, path, ...options }) },
  { factory: 'adlsSink', make: (container, path, options) => adlsSink(`adls://${container}/${path}`, options) },
];

/** One subject for each way to write to the account. */
export function adlsSinkSubjects(
  service: string,
  start: () => Promise<AdlsAccount>,
  remarks: Remarks = {},
): SinkSubject[] {
  return VARIANTS.map(({ factory, make }) => {
    const running = once(start);
    let places = 0;
    return {
      ...{
        factory,
        name: `${factory} to ${service}`,
        start: () => running.get(),
        close: () => running.close(),
        ...remarks,
      },
      async open() {
        const account = await running.get();
        return place(account, `${account.prefix}${factory}-${(places += 1)}`, make);
      },
    };
  });
}

async function place(account: AdlsAccount, directory: string, make: Variant['make']): Promise<SinkPlace> {
  const { container } = account;
  const path = `${directory}/file`;
  const { files, close } = arrangingClient(account);
  const { config, wire, close: closeWire } = await wireTo(account, COMMITS);
  const made = remembering();
  const maxBufferedBytes = PARTS_HELD * PART;
  const fixed = { config, partSize: PART, maxBufferedBytes, concurrency: CONCURRENCY };
  const remove = (name: string) => removed(files, name);
  return {
    sink: (options = {}) => made(make(container, path, { ...fixed, retry: { attempts: 3, minDelay: 1 }, ...options })),
    stored: () => bytesAt(files, path),
    empty: () => remove(path),
    removeLeftover: (leftover) => remove(String(leftover?.['temporaryPath'] ?? path)),
    buffers: [HIGH_WATER_MARK, PART, 2 * PART],
    someBytes: 2 * PART + HIGH_WATER_MARK + 1_234,
    maxHeldBytes: maxBufferedBytes + 2 * HIGH_WATER_MARK,
    patienceMs: 20_000,
    ...(wire === undefined ? {} : { wire }),
    assertClean: async () => assert.deepEqual(await temporaryPaths(files, directory), [], 'a temporary path is left'),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      closeAdlsClients();
      await closeWire();
      await remove(directory);
      close();
    },
  };
}

async function bytesAt(files: DataLakeFileSystemClient, path: string): Promise<Buffer | undefined> {
  try {
    return await files.getFileClient(path).readToBuffer();
  } catch (error) {
    if ((error as RestError).statusCode === 404) return undefined;
    throw error;
  }
}

/** A path that is not there is no matter. */
export async function removed(files: DataLakeFileSystemClient, path: string): Promise<void> {
  await files.getDirectoryClient(path).deleteIfExists(true);
}

export async function temporaryPaths(files: DataLakeFileSystemClient, directory: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const { name = '' } of files.listPaths({ path: directory })) {
      if (name.endsWith('.sluice-tmp')) found.push(name);
    }
  } catch (error) {
    if ((error as RestError).statusCode !== 404) throw error;
  }
  return found;
}
