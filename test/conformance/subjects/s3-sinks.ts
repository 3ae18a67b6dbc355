/** The S3 sinks, as subjects. */
import assert from 'node:assert/strict';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import type { Sink } from '../../../src/core/sink.ts';
import { s3ObjectSink, s3Sink } from '../../../src/index.ts';
import type { S3WriteOptions } from '../../../src/index.ts';
import type { Subject } from '../check.ts';
import type { SinkPlace } from '../sink/place.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { arrangingClient, getBytes, removeObjects, removeUpload } from './s3-service.ts';
import type { S3Service } from './s3-service.ts';
import { wireTo } from './s3-wire.ts';

const HIGH_WATER_MARK = 64 * 1024;
const CONCURRENCY = 2;
const PARTS_HELD = 3;

interface Variant {
  readonly factory: string;
  make(bucket: string, key: string, options: S3WriteOptions): Sink<unknown>;
}

const VARIANTS: readonly Variant[] = [
  { factory: 's3ObjectSink', make: (bucket, key, options) => s3ObjectSink({ bucket, key, ...options }) },
  { factory: 's3Sink', make: (bucket, key, options) => s3Sink(`s3://${bucket}/${key}`, options) },
];

export interface SinkSubject extends Subject<SinkPlace> {
  readonly factory: string;
}

/** What a service may be said about. */
export type Remarks = Pick<Subject<SinkPlace>, 'lacks' | 'opaqueWire'>;

/** One subject for each way to write to the service. */
export function s3SinkSubjects(service: string, start: () => Promise<S3Service>, remarks: Remarks = {}): SinkSubject[] {
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
        const at = await running.get();
        return place(at, `${at.prefix}${factory}-${(places += 1)}`, make);
      },
    };
  });
}

async function place(at: S3Service, key: string, make: Variant['make']): Promise<SinkPlace> {
  const client = arrangingClient(at);
  const { config, wire, close } = await wireTo(at);
  const { bucket, minPartSize: partSize, limits } = at;
  const made = remembering();
  const maxBufferedBytes = PARTS_HELD * partSize;
  const fixed = { config, partSize, maxBufferedBytes, concurrency: CONCURRENCY, retry: { attempts: 3, minDelay: 1 } };
  return {
    sink: (options = {}) =>
      made(make(bucket, key, { ...fixed, ...(limits === undefined ? {} : { limits }), ...options })),
    stored: () => getBytes(client, bucket, key),
    empty: () => removeObjects(client, bucket, key),
    removeLeftover: (leftover) => (leftover === undefined ? Promise.resolve() : removeUpload(client, leftover)),
    buffers: [HIGH_WATER_MARK, partSize, 2 * partSize],
    someBytes: 2 * partSize + HIGH_WATER_MARK + 1_234,
    maxHeldBytes: maxBufferedBytes + 2 * HIGH_WATER_MARK,
    patienceMs: 20_000,
    ...(wire === undefined ? {} : { wire }),
    assertClean: async () => assert.equal(await at.openUploads(key), 0, 'an upload is left'),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      closeS3Clients();
      await close();
      await removeObjects(client, bucket, key);
      client.destroy();
    },
  };
}
