/** The sources of Postgres, as subjects: the lines of one column, which are bytes in COPY's text format, and rows else. */
import type { Source } from '../../../src/core/source.ts';
import { pgCopyTo, pgQueryRows } from '../../../src/index.ts';
import type { PostgresStreamOptions } from '../../../src/connectors/postgres/index.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { assertIdle, wayTo } from './postgres-service.ts';
import type { PostgresService } from './postgres-service.ts';
import type { SourceSubject } from './s3-sources.ts';
import type { SourcePlace } from '../source/place.ts';

const KIB = 1024;

interface Variant {
  readonly factory: string;
  readonly objectMode?: true;
  /** Where the size of what is read changes hands. */
  readonly buffers: readonly number[];
  make(query: string, options: PostgresStreamOptions): Source<unknown>;
}

const VARIANTS: readonly Variant[] = [
  {
    factory: 'pgCopyTo',
    buffers: [64 * KIB, 256 * KIB],
    make: (query, options) => pgCopyTo({ query, format: 'text', ...options }),
  },
  {
    ...{ factory: 'pgQueryRows', objectMode: true },
    // Lines are of 128 bytes, and batches of 500 lines.
    buffers: [128, 500 * 128, 1_000 * 128],
    make: (query, options) => pgQueryRows(query, [], { batchSize: 500, maxBatchBytes: '128KiB', ...options }),
  },
];

export function postgresSourceSubjects(
  service: string,
  start: () => Promise<PostgresService>,
  opaqueWire?: string,
): SourceSubject[] {
  return VARIANTS.map((variant) => {
    const { factory, objectMode } = variant;
    const running = once(start);
    let places = 0;
    return {
      ...{ factory, name: `${factory} from ${service}`, start: () => running.get(), close: () => running.close() },
      ...(opaqueWire === undefined ? {} : { opaqueWire }),
      ...(objectMode === undefined ? {} : { objectMode }),
      async open() {
        return place(await running.get(), `${factory.toLowerCase()}_${(places += 1)}`, variant);
      },
    };
  });
}

async function place(at: PostgresService, name: string, { buffers, make }: Variant): Promise<SourcePlace> {
  const { settings, wire, close } = await wayTo(at);
  const made = remembering();
  const table = `${at.schema}.${name}`;
  await at.sql(`CREATE TABLE ${table} (n bigint, line text)`);
  return {
    async put(bytes) {
      await at.sql(`TRUNCATE ${table}`);
      const lines = bytes.subarray(0, -1).toString();
      const split = `unnest(CASE WHEN $1 = '' THEN ARRAY[''] ELSE string_to_array($1, E'\\n') END)`;
      const rows = `SELECT n, line FROM ${split} WITH ORDINALITY AS split (line, n)`;
      if (bytes.length > 0) await at.sql(`INSERT INTO ${table} ${rows}`, [lines]);
    },
    source: (options = {}) =>
      made(
        make(`SELECT line FROM ${table} ORDER BY n`, {
          ...{ config: { ...settings }, retry: { attempts: 2, minDelay: 1 } },
          ...options,
        }),
      ),
    buffers,
    // The stream's own buffer, that of pg-copy-streams, and what came with the last packet.
    maxHeldBytes: 1024 * KIB,
    ...{ someBytes: 700 * KIB, manyBytes: 5 * KIB * KIB, patienceMs: 15_000 },
    ...(wire === undefined ? {} : { wire }),
    assertClean: () => assertIdle(at),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      await close();
      await at.sql(`DROP TABLE ${table}`);
    },
  };
}
