/** `pgCopyFrom`, as a subject for each format of text: lines into one column, whose lines are the bytes. */
import { pgCopyFrom } from '../../../src/index.ts';
import type { SinkPlace } from '../sink/place.ts';
import { remembering } from './abandoned.ts';
import { once } from './once.ts';
import { assertIdle, wayTo } from './postgres-service.ts';
import type { PostgresService } from './postgres-service.ts';
import type { Remarks, SinkSubject } from './s3-sinks.ts';

const KIB = 1024;
const FORMATS = ['csv', 'text'] as const;

export function postgresSinkSubjects(
  service: string,
  start: () => Promise<PostgresService>,
  remarks: Remarks = {},
): SinkSubject[] {
  return FORMATS.map((format) => {
    const running = once(start);
    let places = 0;
    return {
      factory: 'pgCopyFrom',
      ...{
        name: `pgCopyFrom of ${format} to ${service}`,
        start: () => running.get(),
        close: () => running.close(),
        ...remarks,
      },
      async open() {
        return place(await running.get(), `sink_${format}_${(places += 1)}`, format);
      },
    };
  });
}

async function place(at: PostgresService, table: string, format: (typeof FORMATS)[number]): Promise<SinkPlace> {
  const { settings, wire, close } = await wayTo(at);
  const { schema } = at;
  const made = remembering();
  await at.sql(`CREATE TABLE ${schema}.${table} (n int GENERATED ALWAYS AS IDENTITY, line text)`);
  // An empty line of CSV is NULL where there is one column.
  const lines = `SELECT string_agg(coalesce(line, '') || E'\\n', '' ORDER BY n) AS bytes FROM ${schema}.${table}`;
  return {
    sink: (options = {}) =>
      made(
        pgCopyFrom({
          ...{ schema, table, columns: ['line'], format, config: { ...settings } },
          retry: { attempts: 2, minDelay: 1 },
          ...options,
        }),
      ),
    async stored() {
      const bytes = (await at.sql(lines))[0]?.['bytes'];
      return Buffer.from(typeof bytes === 'string' ? bytes : '');
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
