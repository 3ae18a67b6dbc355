/** `pgCopyTo`, as a subject: the lines of one column, in text format, which is their bytes. */
import { pgCopyTo } from '../../../src/index.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { assertIdle, wayTo } from './postgres-service.ts';
import type { PostgresService } from './postgres-service.ts';
import type { SourceSubject } from './s3-sources.ts';
import type { SourcePlace } from '../source/place.ts';

const KIB = 1024;

export function postgresSourceSubject(
  service: string,
  start: () => Promise<PostgresService>,
  opaqueWire?: string,
): SourceSubject {
  const running = once(start);
  let places = 0;
  return {
    ...{
      factory: 'pgCopyTo',
      name: `pgCopyTo from ${service}`,
      start: () => running.get(),
      close: () => running.close(),
    },
    ...(opaqueWire === undefined ? {} : { opaqueWire }),
    async open() {
      return place(await running.get(), `source_${(places += 1)}`);
    },
  };
}

async function place(at: PostgresService, name: string): Promise<SourcePlace> {
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
        pgCopyTo({
          query: `SELECT line FROM ${table} ORDER BY n`,
          ...{ format: 'text', config: { ...settings }, retry: { attempts: 2, minDelay: 1 } },
          ...options,
        }),
      ),
    buffers: [64 * KIB, 256 * KIB],
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
