/** S3 as a store, twice: by streams, where what a source finds is the list, and by the calls of a client. */
import assert from 'node:assert/strict';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import type { PartLimits } from '../../../src/core/part-plan.ts';
import { s3, s3ObjectSink, s3ObjectSource, s3Source } from '../../../src/index.ts';
import type { ObjectInfo } from '../../../src/index.ts';
import { collect } from '../../support/bytes.ts';
import type { Subject } from '../check.ts';
import type { Stat, Store, StorePlace } from '../store/place.ts';
import { once } from './once.ts';
import { arrangingClient, removeObjects } from './s3-service.ts';
import type { S3Service } from './s3-service.ts';
import { wireTo } from './s3-wire.ts';

const RETRY = { attempts: 2, minDelay: 1 };
const PART = 128 * 1024;

/** `pages`: so many objects are more than the service lists at once. */
export function s3StoreSubject(
  service: string,
  start: () => Promise<S3Service>,
  pages: number,
  remarks: Pick<Subject<StorePlace>, 'lacks' | 'opaqueWire'> = {},
): Subject<StorePlace> {
  return subject(`S3 objects of ${service}`, start, pages, remarks, storeOfStreams);
}

/** The same by a client. */
export function s3ClientSubject(
  service: string,
  start: () => Promise<S3Service>,
  pages: number,
  remarks: Pick<Subject<StorePlace>, 'lacks' | 'opaqueWire'> = {},
): Subject<StorePlace> {
  return subject(`a client of ${service}`, start, pages, remarks, storeOfClient);
}

function subject(
  name: string,
  start: () => Promise<S3Service>,
  pages: number,
  remarks: Pick<Subject<StorePlace>, 'lacks' | 'opaqueWire'>,
  make: (objects: Objects) => Store,
): Subject<StorePlace> {
  const running = once(start);
  let places = 0;
  return {
    ...{ name, start: () => running.get(), close: () => running.close(), ...remarks },
    async open() {
      const at = await running.get();
      return place(at, `${at.prefix}store-${(places += 1)}/`, pages, make);
    },
  };
}

async function place(
  at: S3Service,
  prefix: string,
  pages: number,
  make: (objects: Objects) => Store,
): Promise<StorePlace> {
  const client = arrangingClient(at);
  const { config, wire, close } = await wireTo(at);
  const { bucket, minPartSize, limits } = at;
  const written = Math.max(PART, minPartSize);
  const objects = { config, prefix, partSize: written, limits };
  return {
    store: make({ ...objects, bucket }),
    nowhere: make({ ...objects, bucket: 'no-such-bucket-anywhere' }),
    async remove(name) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + name }));
    },
    buffers: [PART, written],
    ...{ pages, patienceMs: 20_000 },
    ...(wire === undefined ? {} : { wire }),
    assertClean: async () => assert.equal(await at.openUploads(`${prefix}name`), 0, 'an upload is left'),
    async [Symbol.asyncDispose]() {
      closeS3Clients();
      await close();
      await removeObjects(client, bucket, prefix);
      client.destroy();
    },
  };
}

interface Objects {
  readonly config: S3Settings;
  readonly bucket: string;
  readonly prefix: string;
  readonly partSize: number;
  readonly limits: PartLimits | undefined;
}

function statsUnder(prefix: string): (info: ObjectInfo) => Stat {
  return ({ key, size, etag, lastModified, contentType, metadata }) => ({
    ...{ name: key.slice(prefix.length), size, etag, lastModified },
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata === undefined ? {} : { metadata }),
  });
}

function storeOfClient({ config, bucket, prefix, partSize, limits }: Objects): Store {
  const client = s3.client('default', config);
  const statOf = statsUnder(prefix);
  const bounds = limits === undefined ? {} : { limits };
  return {
    async write(name, bytes, { ifAbsent = false, ...options } = {}) {
      const condition = ifAbsent ? { ifNoneMatch: '*' as const } : {};
      const how = { partSize, retry: RETRY, ...bounds, ...condition, ...options };
      return (await client.putObject(bucket, prefix + name, bytes, how)).etag;
    },
    async read(name, { range, etag, signal } = {}) {
      const how = { range, ifMatch: etag, signal, partSize: PART, concurrency: 2, retry: RETRY };
      await using source = client.getObject(bucket, prefix + name, how);
      return await collect(source as AsyncIterable<Buffer>);
    },
    async stat(name, { signal } = {}) {
      return statOf(await client.headObject(bucket, prefix + name, { signal, retry: RETRY }));
    },
    async *list(under, { signal } = {}) {
      const listed = client.listObjects(bucket, { prefix: prefix + under, signal, retry: RETRY });
      for await (const info of listed) yield statOf(info);
    },
  };
}

function storeOfStreams({ config, bucket, prefix, partSize, limits }: Objects): Store {
  const target = (name: string) => ({ bucket, key: prefix + name, config, retry: RETRY });
  const statOf = statsUnder(prefix);
  return {
    async write(name, bytes, { ifAbsent = false, ...options } = {}) {
      const condition = ifAbsent ? { ifNoneMatch: '*' as const } : {};
      const bounds = limits === undefined ? {} : { limits };
      const sink = s3ObjectSink({ ...target(name), partSize, ...bounds, ...condition, ...options });
      await pipeline(Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false }), sink);
      return sink.result?.etag ?? '';
    },
    async read(name, { range, etag, signal } = {}) {
      const source = s3ObjectSource({
        ...{ ...target(name), range, ifMatch: etag, signal, partSize: PART, concurrency: 2 },
      });
      return collect(source as AsyncIterable<Buffer>);
    },
    async stat(name, { signal } = {}) {
      const source = s3ObjectSource({ ...target(name), signal });
      try {
        return statOf(await source.info);
      } finally {
        source.destroy();
        await source.settled;
      }
    },
    async *list(under, { signal } = {}) {
      const each = (info: ObjectInfo) => [instead(`${JSON.stringify(statOf(info))}\n`)];
      const listed = s3Source(`s3://${bucket}/${prefix}${under}`, {
        ...{ config, retry: RETRY, signal, each, onEmpty: 'end' },
      });
      let rest = '';
      for await (const text of listed.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield reviveStat(line);
      }
    },
  };
}

/** Gives `text` for whatever it is given. */
function instead(text: string): Transform {
  return new Transform({ transform: (_chunk, _encoding, done) => done(), flush: (done) => done(null, text) });
}

function reviveStat(line: string): Stat {
  const stat = JSON.parse(line) as Omit<Stat, 'lastModified'> & { readonly lastModified?: string };
  return { ...stat, lastModified: stat.lastModified === undefined ? undefined : new Date(stat.lastModified) };
}
