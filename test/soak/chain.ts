/** The streams of one transfer. */
import type { Readable, Transform, Writable } from 'node:stream';
import {
  decodeCopy,
  encodeCopy,
  gunzip,
  gzip,
  pgCopyFrom,
  pgCopyRows,
  pgCopyTo,
  pgQueryRows,
  s3Sink,
  s3Source,
} from '../../src/index.ts';
import type { Settled } from '../../src/index.ts';
import { CLEANUP_MS, COMMIT_MS } from './protocol.ts';
import type { Order, Surroundings } from './protocol.ts';

const KIB = 1024;
const SMALL_PARTS = { minPartSize: 64 * KIB, maxPartSize: 64 * KIB * KIB, maxParts: 1_000, maxObjectSize: 10 ** 9 };
const COLUMNS = [
  { name: 'id', type: 'int4' },
  { name: 'note', type: 'text' },
  { name: 'amount', type: 'numeric' },
];
const FORMATS = ['text', 'csv', 'binary'] as const;

interface Settling {
  readonly settled: Promise<Settled<unknown>>;
}

export interface Chain {
  readonly source: Readable & Settling;
  readonly between: readonly Transform[];
  readonly sink: Writable & Settling;
}

/** `signal` is the lane's own, used by all of its transfers. */
export function chainOf(order: Order, { dsn, caCertificate, store }: Surroundings, signal: AbortSignal): Chain {
  const { id, kind, lane, from, to, timeoutMs } = order;
  const bounds = { signal, timeout: timeoutMs, cleanupTimeout: CLEANUP_MS };
  const commit = { commitTimeout: COMMIT_MS };
  const database = {
    ...bounds,
    config: {
      dsn,
      sslmode: 'verify-full',
      sslrootcert: caCertificate,
      applicationName: `soak-${lane}`,
      pool: { minSize: 0, maxSize: 3 },
      timeouts: { connect: 2_000, pool: 4_000, response: 4_000 },
    },
  };
  const objects = {
    ...bounds,
    config: { ...store, timeouts: { connect: 2_000, read: 2_000, total: 10_000 } },
    partSize: 256 * KIB,
    concurrency: 3,
  };
  const query = `SELECT id, note, amount FROM ${from} ORDER BY id`;
  const target = { ...database, ...commit, table: to };
  const format = FORMATS[id % FORMATS.length] ?? 'text';
  switch (kind) {
    case 'load':
      return { source: s3Source(from, { ...objects, verify: true }), between: [gunzip()], sink: pgCopyFrom(target) };
    case 'rows': {
      const sink = pgCopyRows({ ...target, format: format === 'csv' ? 'text' : format });
      return { source: pgQueryRows(query, [], database), between: [], sink };
    }
    case 'recode': {
      const between = [decodeCopy({ columns: COLUMNS, format }), encodeCopy({ columns: COLUMNS, format })];
      return { source: pgCopyTo({ ...database, query, format }), between, sink: pgCopyFrom({ ...target, format }) };
    }
    case 'unload': {
      const sink = s3Sink(to, { ...objects, ...commit, limits: SMALL_PARTS });
      return { source: pgCopyTo({ ...database, query }), between: [gzip({ level: 1 })], sink };
    }
  }
}
