/** The ADLS sources, as subjects. */
import { PassThrough } from 'node:stream';
import { closeAdlsClients } from '../../../src/connectors/adls2/client-cache.ts';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import type { Source } from '../../../src/core/source.ts';
import { adlsFileSource, adlsSource } from '../../../src/index.ts';
import type { SourceOptions, SourcePlace } from '../source/place.ts';
import { remembering } from './abandoned.ts';
import type { AdlsAccount } from './adls-servers.ts';
import { arrangingClient, wireTo } from './adls-service.ts';
import { once } from './once.ts';
import type { SourceSubject } from './s3-sources.ts';

const KIB = 1024;
const PART = 128 * KIB;
const OPTIONS = { partSize: PART, concurrency: 3, retry: { minDelay: 1, maxDelay: 5 } };
/** Files that the bytes are spread over where a source reads several. */
const FILES = 3;

interface Target {
  readonly config: Adls2Settings;
  readonly container: string;
  /** Of this place; without a slash at its end. */
  readonly directory: string;
}

interface Variant {
  readonly factory: 'adlsFileSource' | 'adlsSource';
  readonly title: string;
  readonly files: number;
  make(target: Target, options: SourceOptions): Source<unknown>;
}

const VARIANTS: readonly Variant[] = [
  {
    ...{ factory: 'adlsFileSource', title: 'adlsFileSource', files: 1 },
    make: ({ config, container, directory }, options) =>
      adlsFileSource({ container, path: `${directory}/0`, config, ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 'adlsSource', title: 'adlsSource of one file', files: 1 },
    make: ({ config, container, directory }, options) =>
      adlsSource(`adls://${container}/${directory}/0`, { config, ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 'adlsSource', title: 'adlsSource of several files', files: FILES },
    make: ({ config, container, directory }, options) =>
      adlsSource(`adls://${container}/${directory}/`, { config, join: 'raw', ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 'adlsSource', title: 'adlsSource of several files through transforms', files: FILES },
    make: ({ config, container, directory }, options) =>
      adlsSource(`adls://${container}/${directory}/*`, {
        ...{ config, each: () => new PassThrough(), ...OPTIONS, ...options },
      }),
  },
];

/** One subject for each way to read from the account. */
export function adlsSourceSubjects(
  account: string,
  start: () => Promise<AdlsAccount>,
  opaqueWire?: string,
): SourceSubject[] {
  return VARIANTS.map((variant) => {
    const { factory, title } = variant;
    const running = once(start);
    let places = 0;
    return {
      ...{ factory, name: `${title} from ${account}`, start: () => running.get(), close: () => running.close() },
      ...(opaqueWire === undefined ? {} : { opaqueWire }),
      async open() {
        const at = await running.get();
        return place(at, `${at.prefix}${title.replaceAll(' ', '-')}-${(places += 1)}`, variant);
      },
    };
  });
}

async function place(at: AdlsAccount, directory: string, { files, make }: Variant): Promise<SourcePlace> {
  const { container } = at;
  const arranging = arrangingClient(at);
  const { wire, config, close } = await wireTo(at, []);
  const made = remembering();
  return {
    async put(bytes) {
      const size = Math.ceil(bytes.length / files);
      const pieces = Array.from({ length: files }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
      await Promise.all(pieces.map((piece, n) => arranging.files.getFileClient(`${directory}/${n}`).upload(piece)));
    },
    source: (options = {}) => made(make({ config, container, directory }, options)),
    buffers: files === 1 ? [PART, 2 * PART] : [FILES * PART],
    // A chunk that came with others keeps the memory of all of them.
    maxHeldBytes: 2 * PART * (OPTIONS.concurrency + 1),
    ...{ someBytes: 5 * PART + 1_234, manyBytes: 3 * KIB * KIB, patienceMs: 15_000 },
    ...(wire === undefined ? {} : { wire }),
    assertClean: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      closeAdlsClients();
      await close();
      await arranging.files.getDirectoryClient(directory).deleteIfExists(true);
      arranging.close();
    },
  };
}
