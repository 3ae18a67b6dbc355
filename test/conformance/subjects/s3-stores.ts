/** S3 as a store, by what the package exports: sinks write, sources read, and what a source finds is the list. */
import assert from 'node:assert/strict';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import type { PartLimits } from '../../../src/core/part-plan.ts';
import { s3ObjectSink, s3ObjectSource, s3Source } from '../../../src/index.ts';
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
  const running = once(start);
  let places = 0;
  return {
    ...{ name: `S3 objects of ${service}`, start: () => running.get(), close: () => running.close(), ...remarks },
    async open() {
      const at = await running.get();
      return place(at, `${at.prefix}store-${(places += 1)}/`, pages);
    },
  };
}

async function place(at: S3Service, prefix: string, pages: number): Promise<StorePlace> {
  const client = arrangingClient(at);
  const { config, wire, close } = await wireTo(at);
  const { bucket, minPartSize, limits } = at;
  const written = Math.max(PART, minPartSize);
  const objects = { config, prefix, partSize: written, limits };
  return {
    store: s3Store({ ...objects, bucket }),
    nowhere: s3Store({ ...objects, bucket: 'no-such-bucket-anywhere' }),
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

function s3Store({ config, bucket, prefix, partSize, limits }: Objects): Store {
  const target = (name: string) => ({ bucket, key: prefix + name, config, retry: RETRY });
  const statOf = ({ key, size, etag, lastModified, contentType, metadata }: ObjectInfo): Stat => ({
    ...{ name: key.slice(prefix.length), size, etag, lastModified },
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata === undefined ? {} : { metadata }),
  });
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
