/** Every factory of streams, and how each is brought to every ending on a real server. */
import { Readable } from 'node:stream';
import type { Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { Adls2Settings } from '../../src/connectors/adls2/config.ts';
import { adlsFileSink, adlsFileSource, adlsSource } from '../../src/connectors/adls2/index.ts';
import type { S3Settings } from '../../src/connectors/s3/config.ts';
import { s3ObjectSink, s3ObjectSource, s3Sink, s3Source } from '../../src/connectors/s3/index.ts';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import type { Settled } from '../../src/core/settlement.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { AdlsOperation, AdlsServer } from '../../src/testing/adls-server/index.ts';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { S3Operation, S3Server } from '../../src/testing/s3-server/index.ts';
import { chunked, csvRows, stalling } from '../support/bytes.ts';

export const ENDINGS = ['success', 'failure', 'retry', 'abort'] as const;
export type Ending = (typeof ENDINGS)[number];

/** The servers of one case, with what every case finds there: a table and two objects of `DATA`, and nothing else. */
export interface Servers {
  readonly proxy: ChaosProxy;
  /** Through the proxy. */
  readonly dsn: string;
  readonly s3: S3Server;
  readonly config: S3Settings;
  readonly adls: AdlsServer;
  readonly adlsConfig: Adls2Settings;
}

export interface StreamOptions {
  readonly profile: string;
  readonly signal: AbortSignal;
}

export type Observed = (Readable | Writable) & { readonly settled: Promise<Settled<unknown>> };

/** A stream of one factory on its way to one ending. */
export interface Case {
  make(options: StreamOptions): Observed;
  /** Uses it; rejects unless it is to succeed. */
  use(stream: Observed): Promise<unknown>;
  /** Of its span, beside those of every operation and those that name the server. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** What the case fails with, or tries again after. */
  readonly code?: ErrorCode;
  /** Where it fails. */
  readonly stage?: string;
}

export interface Factory {
  readonly name: string;
  readonly connector: 'postgres' | 's3' | 'adls2';
  readonly operation: string;
  /** Of a transfer that succeeds. */
  readonly bytes: number;
  readonly rows?: number;
  arrange(ending: Ending, servers: Servers): Case;
}

export const ROWS = 2_000;
export const DATA = csvRows(ROWS);
/** Of the same rows in the server's messages: a comma and LF less, and a number of values and their lengths more. */
const ROW_BYTES = DATA.length - 2 * ROWS + 10 * ROWS;
export const TABLE = 'observed';
export const BUCKET = 'bucket';
const QUICK = { minDelay: 1, maxDelay: 5 };
const PART = 16 * 1024;
/** Of the store, so that a small object has parts. */
export const LIMITS = { minPartSize: 1, maxPartSize: 4 * PART, maxParts: 100, maxObjectSize: 1024 * 1024 };

const feed = (stream: Observed, data: Buffer): Promise<void> => pipeline(chunked(data, 5_000), stream as Writable);
const hang = (stream: Observed): Promise<void> => pipeline(stalling(DATA), stream as Writable);
const drain = async (stream: Observed): Promise<void> => {
  await finished((stream as Readable).resume());
};

const copyFrom: Factory = {
  name: 'pgCopyFrom',
  connector: 'postgres',
  operation: 'copy_from',
  bytes: DATA.length,
  rows: ROWS,
  arrange(ending, { proxy, dsn }) {
    if (ending === 'retry') proxy.plan(({ number }) => (number === 1 ? { refuse: true } : undefined));
    const schema = ending === 'retry' ? { schema: 'public' } : {};
    return {
      make: (options) => pgCopyFrom({ table: TABLE, ...schema, config: { dsn }, retry: QUICK, ...options }),
      use: (stream) => {
        if (ending === 'abort') return hang(stream);
        return feed(stream, ending === 'failure' ? Buffer.from('1,x\nno number,y\n') : DATA);
      },
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'COPY',
        'db.collection.name': ending === 'retry' ? `public.${TABLE}` : TABLE,
      },
      ...(ending === 'failure' ? { code: 'BAD_ROW', stage: 'transfer' } : {}),
      ...(ending === 'retry' ? { code: 'CONNECTION_LOST' } : {}),
    };
  },
};

/** Of the same rows in text: as many bytes, a tab for each comma. */
const copyRows: Factory = {
  name: 'pgCopyRows',
  connector: 'postgres',
  operation: 'copy_rows',
  bytes: DATA.length,
  rows: ROWS,
  arrange(ending, { proxy, dsn }) {
    if (ending === 'retry') proxy.plan(({ number }) => (number === 1 ? { refuse: true } : undefined));
    return {
      make: (options) => pgCopyRows({ table: TABLE, config: { dsn }, retry: QUICK, ...options }),
      use: async (stream) => {
        const rows = Array.from({ length: ROWS }, (_, n) => ({ a: n, b: `row ${n}` }));
        const input =
          ending === 'failure'
            ? [
                { a: 1, b: 'x' },
                { a: 'no number', b: 'y' },
              ]
            : rows;
        const source =
          ending === 'abort' ? new Readable({ objectMode: true, read: () => undefined }) : Readable.from(input);
        if (ending === 'abort') source.push(rows[0]);
        await pipeline(source, stream as Writable);
      },
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'COPY',
        'db.collection.name': TABLE,
      },
      ...(ending === 'failure' ? { code: 'BAD_ROW', stage: 'transfer' } : {}),
      ...(ending === 'retry' ? { code: 'CONNECTION_LOST' } : {}),
    };
  },
};

const copyTo: Factory = {
  name: 'pgCopyTo',
  connector: 'postgres',
  operation: 'copy_to',
  bytes: DATA.length,
  rows: ROWS,
  arrange(ending, { proxy, dsn }) {
    if (ending === 'retry') proxy.plan(({ number }) => (number === 1 ? { refuse: true } : undefined));
    // A query is not told: it may hold literals.
    const query = `SELECT * FROM ${TABLE} WHERE b <> 'canary' ORDER BY a`;
    const from = ending === 'retry' ? { query } : { table: ending === 'failure' ? 'nowhere' : TABLE };
    return {
      make: (options) => pgCopyTo({ ...from, config: { dsn }, retry: QUICK, ...options }),
      use: drain,
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'COPY',
        ...('table' in from ? { 'db.collection.name': from.table } : {}),
      },
      ...(ending === 'failure' ? { code: 'NOT_FOUND', stage: 'transfer' } : {}),
      ...(ending === 'retry' ? { code: 'CONNECTION_LOST' } : {}),
    };
  },
};

const queryRows: Factory = {
  name: 'pgQueryRows',
  connector: 'postgres',
  operation: 'query_rows',
  bytes: ROW_BYTES,
  rows: ROWS,
  arrange(ending, { proxy, dsn }) {
    if (ending === 'retry') proxy.plan(({ number }) => (number === 1 ? { refuse: true } : undefined));
    // Neither the query nor its parameters are told.
    const query = `SELECT * FROM ${ending === 'failure' ? 'nowhere' : TABLE} WHERE b <> $1 ORDER BY a`;
    return {
      make: (options) => pgQueryRows(query, ['canary'], { config: { dsn }, retry: QUICK, ...options }),
      use: drain,
      attributes: { 'db.system.name': 'postgresql' },
      ...(ending === 'failure' ? { code: 'NOT_FOUND', stage: 'transfer' } : {}),
      ...(ending === 'retry' ? { code: 'CONNECTION_LOST' } : {}),
    };
  },
};

/** Makes the first such request fail, where the case is to be tried again. */
function failing<O>(
  ending: Ending,
  server: { on(operation: O, nth: 1, action: { status: number; code: string }): unknown },
  operation: O,
): { readonly code?: ErrorCode } {
  if (ending !== 'retry') return ending === 'failure' ? { code: 'NOT_FOUND' } : {};
  server.on(operation, 1, { status: 500, code: 'InternalError' });
  return { code: 'SERVER_ERROR' };
}

const named = (bucket: string, key?: string): object => ({
  'rpc.system.name': 'aws-api',
  'aws.s3.bucket': bucket,
  ...(key === undefined ? {} : { 'aws.s3.key': key }),
});

const objectSource: Factory = {
  name: 's3ObjectSource',
  connector: 's3',
  operation: 'get_object',
  bytes: DATA.length,
  arrange(ending, { s3, config }) {
    const key = ending === 'failure' ? 'nowhere' : 'in/1';
    return {
      make: (options) => s3ObjectSource({ bucket: BUCKET, key, partSize: PART, config, retry: QUICK, ...options }),
      use: drain,
      attributes: { ...named(BUCKET, key) },
      ...failing<S3Operation>(ending, s3, 'GetObject'),
      stage: 'open',
    };
  },
};

const oneObject: Factory = {
  ...objectSource,
  name: 's3Source of one object',
  arrange(ending, { s3, config }) {
    const key = ending === 'failure' ? 'nowhere' : 'in/1';
    return {
      make: (options) => s3Source(`s3://${BUCKET}/${key}`, { partSize: PART, config, retry: QUICK, ...options }),
      use: drain,
      attributes: { ...named(BUCKET, key) },
      ...failing<S3Operation>(ending, s3, 'GetObject'),
      stage: 'open',
    };
  },
};

const manyObjects: Factory = {
  name: 's3Source of a prefix',
  connector: 's3',
  operation: 'get_objects',
  bytes: 2 * DATA.length,
  arrange(ending, { s3, config }) {
    const bucket = ending === 'failure' ? 'nowhere' : BUCKET;
    return {
      make: (options) => s3Source(`s3://${bucket}/in/`, { join: 'raw', config, retry: QUICK, ...options }),
      use: drain,
      attributes: { ...named(bucket) },
      ...failing<S3Operation>(ending, s3, 'ListObjectsV2'),
      stage: 'open',
    };
  },
};

/** Of several parts, which an upload holds together. */
const objectSink: Factory = {
  name: 's3ObjectSink',
  connector: 's3',
  operation: 'put_object',
  bytes: DATA.length,
  arrange(ending, { s3, config }) {
    const bucket = ending === 'failure' ? 'nowhere' : BUCKET;
    const target = { bucket, key: 'out', partSize: PART, limits: LIMITS };
    const uploadId = { 'aws.s3.upload_id': String };
    return {
      make: (options) => s3ObjectSink({ ...target, config, retry: QUICK, ...options }),
      use: (stream) => (ending === 'abort' ? hang(stream) : feed(stream, DATA)),
      attributes: { ...named(bucket, 'out'), ...(ending === 'failure' ? {} : uploadId) },
      ...failing<S3Operation>(ending, s3, 'UploadPart'),
      stage: 'open',
    };
  },
};

/** Of one request, but for the abort, which needs a moment to happen in. */
const sink: Factory = {
  ...objectSink,
  name: 's3Sink',
  arrange(ending, { s3, config }) {
    const bucket = ending === 'failure' ? 'nowhere' : BUCKET;
    const size = ending === 'abort' ? { partSize: PART, limits: LIMITS } : {};
    return {
      make: (options) => s3Sink(`s3://${bucket}/out`, { ...size, config, retry: QUICK, ...options }),
      use: (stream) => (ending === 'abort' ? hang(stream) : feed(stream, DATA)),
      attributes: { ...named(bucket, 'out'), ...(ending === 'abort' ? { 'aws.s3.upload_id': String } : {}) },
      ...failing<S3Operation>(ending, s3, 'PutObject'),
      stage: 'commit',
    };
  },
};

const namedPath = (container: string, path?: string): object => ({
  'azure.resource_provider.namespace': 'Microsoft.Storage',
  'sluice.adls2.container': container,
  ...(path === undefined ? {} : { 'sluice.adls2.path': path }),
});

const fileSource: Factory = {
  name: 'adlsFileSource',
  connector: 'adls2',
  operation: 'read_file',
  bytes: DATA.length,
  arrange(ending, { adls, adlsConfig: config }) {
    const path = ending === 'failure' ? 'nowhere' : 'in/1';
    return {
      make: (options) => adlsFileSource({ container: BUCKET, path, partSize: PART, config, retry: QUICK, ...options }),
      use: drain,
      attributes: { ...namedPath(BUCKET, path) },
      ...failing<AdlsOperation>(ending, adls, 'GetBlob'),
      stage: 'open',
    };
  },
};

const manyFiles: Factory = {
  name: 'adlsSource of a directory',
  connector: 'adls2',
  operation: 'read_files',
  bytes: 2 * DATA.length,
  arrange(ending, { adls, adlsConfig: config }) {
    const container = ending === 'failure' ? 'nowhere' : BUCKET;
    return {
      make: (options) => adlsSource(`adls://${container}/in/`, { join: 'raw', config, retry: QUICK, ...options }),
      use: drain,
      attributes: { ...namedPath(container) },
      ...failing<AdlsOperation>(ending, adls, 'ListPaths'),
      stage: 'open',
    };
  },
};

const fileSink: Factory = {
  name: 'adlsFileSink',
  connector: 'adls2',
  operation: 'write_file',
  bytes: DATA.length,
  arrange(ending, { adls, adlsConfig: config }) {
    const container = ending === 'failure' ? 'nowhere' : BUCKET;
    const target = { container, path: 'out', partSize: PART };
    return {
      make: (options) => adlsFileSink({ ...target, config, retry: QUICK, ...options }),
      use: (stream) => (ending === 'abort' ? hang(stream) : feed(stream, DATA)),
      attributes: { ...namedPath(container, 'out') },
      ...failing<AdlsOperation>(ending, adls, 'AppendFile'),
      stage: 'open',
    };
  },
};

export const FACTORIES = [
  copyFrom,
  copyRows,
  copyTo,
  queryRows,
  objectSource,
  oneObject,
  manyObjects,
  objectSink,
  sink,
  fileSource,
  manyFiles,
  fileSink,
] as const;
