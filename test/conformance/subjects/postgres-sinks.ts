/**
 * The sinks of Postgres, as subjects: `pgCopyFrom` for each format of text, whose lines are the bytes, and `pgCopyRows` for
 * each of its formats, where every chunk is a row.
 */
import type { Sink } from '../../../src/core/sink.ts';
import type { PostgresStreamOptions } from '../../../src/connectors/postgres/index.ts';
import { pgCopyFrom, pgCopyRows } from '../../../src/index.ts';
import type { SinkPlace } from '../sink/place.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { assertIdle, wayTo } from './postgres-service.ts';
import type { PostgresService } from './postgres-service.ts';
import type { Remarks, SinkSubject } from './s3-sinks.ts';

const KIB = 1024;

interface Variant {
  readonly factory: string;
  readonly format: string;
  readonly objectMode?: true;
  /** Of the one column, and the bytes of all of them in order. */
  readonly type: string;
  readonly stored: string;
  make(table: { readonly schema: string; readonly table: string }, options: PostgresStreamOptions): Sink<unknown>;
}

const VARIANTS: readonly Variant[] = [
  ...(['csv', 'text'] as const).map((format): Variant => ({
    ...{ factory: 'pgCopyFrom', format, type: 'text' },
    // An empty line of CSV is NULL where there is one column.
    stored: "convert_to(string_agg(coalesce(line, '') || E'\\n', '' ORDER BY n), 'UTF8')",
    make: (table, options) => pgCopyFrom({ ...table, columns: ['line'], format, ...options }),
  })),
  ...(['text', 'binary'] as const).map((format): Variant => ({
    ...{ factory: 'pgCopyRows', format, objectMode: true, type: 'bytea' },
    stored: "string_agg(line, '' ORDER BY n)",
    make: (table, options) => rowOfEachChunk(pgCopyRows({ ...table, columns: ['line'], format, ...options })),
  })),
];

export function postgresSinkSubjects(
  service: string,
  start: () => Promise<PostgresService>,
  remarks: Remarks = {},
): SinkSubject[] {
  return VARIANTS.map((variant) => {
    const { factory, format, objectMode } = variant;
    const running = once(start);
    let places = 0;
    return {
      ...{ factory, name: `${factory} of ${format} to ${service}` },
      ...{ start: () => running.get(), close: () => running.close(), ...remarks },
      ...(objectMode === undefined ? {} : { objectMode }),
      async open() {
        return place(await running.get(), `sink_${factory.toLowerCase()}_${format}_${(places += 1)}`, variant);
      },
    };
  });
}

/** Takes bytes as every sink does, and gives each chunk to `sink` as a row. */
function rowOfEachChunk(sink: Sink<unknown>): Sink<unknown> {
  const asRow = (chunk: unknown): unknown => (chunk instanceof Uint8Array ? { line: chunk } : chunk);
  const { write, end } = sink as { write(...args: unknown[]): boolean; end(...args: unknown[]): unknown };
  return Object.assign(sink, {
    write: (chunk: unknown, ...rest: unknown[]) => write.call(sink, asRow(chunk), ...rest),
    end: (chunk: unknown, ...rest: unknown[]) => end.call(sink, asRow(chunk), ...rest),
  });
}

async function place(at: PostgresService, table: string, variant: Variant): Promise<SinkPlace> {
  const { settings, wire, close } = await wayTo(at);
  const { schema } = at;
  const made = remembering();
  await at.sql(`CREATE TABLE ${schema}.${table} (n int GENERATED ALWAYS AS IDENTITY, line ${variant.type})`);
  const lines = `SELECT ${variant.stored} AS bytes FROM ${schema}.${table}`;
  return {
    sink: (options = {}) =>
      made(
        variant.make({ schema, table }, { config: { ...settings }, retry: { attempts: 2, minDelay: 1 }, ...options }),
      ),
    async stored() {
      const bytes = (await at.sql(lines))[0]?.['bytes'];
      return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0);
    },
    async empty() {
      await at.sql(`DELETE FROM ${schema}.${table}`);
    },
    removeLeftover: () => Promise.resolve(),
    buffers: [256 * KIB],
    someBytes: 700 * KIB,
    // The stream's own buffer, and what the kernels and the proxy take in.
    maxHeldBytes: 16 * KIB * KIB,
    patienceMs: 20_000,
    ...(wire === undefined ? {} : { wire }),
    assertClean: () => assertIdle(at),
    async [Symbol.asyncDispose]() {
      await made.destroyAll();
      await close();
      await at.sql(`DROP TABLE ${schema}.${table}`);
    },
  };
}
