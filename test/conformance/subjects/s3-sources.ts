/** The S3 sources, as subjects. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { s3ObjectSource, s3Source } from '../../../src/index.ts';
import type { Source } from '../../../src/core/source.ts';
import type { Subject } from '../check.ts';
import type { SourceOptions, SourcePlace } from '../source/place.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { arrangingClient, putBytes, removeObjects } from './s3-service.ts';
import type { S3Service } from './s3-service.ts';
import { wireTo } from './s3-wire.ts';

const KIB = 1024;
const PART = 128 * KIB;
const OPTIONS = { partSize: PART, concurrency: 3, retry: { minDelay: 1, maxDelay: 5 } };
/** Objects that the bytes are spread over where a source reads several. */
const OBJECTS = 3;

export interface S3Target {
  readonly config: S3Settings;
  readonly bucket: string;
  /** Of this place; ends with `/`. */
  readonly prefix: string;
}

interface Variant {
  readonly factory: 's3ObjectSource' | 's3Source';
  readonly title: string;
  readonly objects: number;
  make(target: S3Target, options: SourceOptions): Source<unknown>;
}

const VARIANTS: readonly Variant[] = [
  {
    ...{ factory: 's3ObjectSource', title: 's3ObjectSource', objects: 1 },
    make: ({ config, bucket, prefix }, options) =>
      s3ObjectSource({ bucket, key: `${prefix}0`, config, ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 's3Source', title: 's3Source of one object', objects: 1 },
    make: ({ config, bucket, prefix }, options) =>
      s3Source(`s3://${bucket}/${prefix}0`, { config, ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 's3Source', title: 's3Source of several objects', objects: OBJECTS },
    make: ({ config, bucket, prefix }, options) =>
      s3Source(`s3://${bucket}/${prefix}`, { config, join: 'raw', ...OPTIONS, ...options }),
  },
  {
    ...{ factory: 's3Source', title: 's3Source of several objects through transforms', objects: OBJECTS },
    make: ({ config, bucket, prefix }, options) =>
      s3Source(`s3://${bucket}/${prefix}*`, { config, each: () => new PassThrough(), ...OPTIONS, ...options }),
  },
];

export interface SourceSubject extends Subject<SourcePlace> {
  readonly factory: string;
}

/** One subject for each way to read from the service. */
export function s3SourceSubjects(
  service: string,
  start: () => Promise<S3Service>,
  opaqueWire?: string,
): SourceSubject[] {
  return VARIANTS.map(({ factory, title, objects, make }) => {
    const running = once(start);
    let places = 0;
    return {
      ...{ factory, name: `${title} from ${service}`, start: () => running.get(), close: () => running.close() },
      ...(opaqueWire === undefined ? {} : { opaqueWire }),
      async open() {
        const at = await running.get();
        return place(at, `${at.prefix}${title.replaceAll(' ', '-')}-${(places += 1)}/`, objects, make);
      },
    };
  });
}

async function place(at: S3Service, prefix: string, objects: number, make: Variant['make']): Promise<SourcePlace> {
  const client = arrangingClient(at);
  const { config, wire, close } = await wireTo(at);
  const { bucket } = at;
  const made = remembering();
  return {
    async put(bytes) {
      const size = Math.ceil(bytes.length / objects);
      const pieces = Array.from({ length: objects }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
      await Promise.all(pieces.map((piece, n) => putBytes(client, bucket, `${prefix}${n}`, piece)));
    },
    source: (options = {}) => made(make({ config, bucket, prefix }, options)),
    buffers: objects === 1 ? [PART, 2 * PART] : [OBJECTS * PART],
    // A chunk that came with others keeps the memory of all of them.
    maxHeldBytes: 2 * PART * (OPTIONS.concurrency + 1),
    ...{ someBytes: 5 * PART + 1_234, manyBytes: 3 * KIB * KIB, patienceMs: 15_000 },
    ...(wire === undefined ? {} : { wire }),
    assertClean: async () => assert.equal(await at.openUploads(`${prefix}0`), 0),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      closeS3Clients();
      await close();
      await removeObjects(client, bucket, prefix);
      client.destroy();
    },
  };
}
