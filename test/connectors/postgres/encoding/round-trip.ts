/**
 * Rows as node-postgres reads them, in this process's time zone, loaded again and compared: prints how many values held.
 * `node round-trip.ts <dsn>`
 */
import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyRows } from '../../../../src/connectors/postgres/index.ts';
import { SAMPLES, sampleQueries } from '../rows/samples.ts';
import { TEXT_ONLY } from './text-only.ts';

const [dsn = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: dsn });
await client.connect();
await client.query("SET search_path = pg_temp; SET TIME ZONE 'America/St_Johns'");

/**
 * Of these node-postgres gives less than there is: milliseconds of microseconds, doubles of numerics in arrays, JSON without
 * its spaces. What it gives must come back.
 */
const READ_ROUGHLY: ReadonlySet<string> = new Set(['json', 'jsonb', 'numeric', 'timestamp', 'timestamptz']);
/** Read as invalid, or as what JSON is not: a text of JSON is JSON, as in a parameter. */
const UNREADABLE: Readonly<Record<string, readonly string[]>> = {
  date: ['5874897-12-31'],
  timestamp: ['294276-12-31 23:59:59.999999'],
  timestamptz: ['294276-12-31 23:59:59.999999+00'],
  json: ['""'],
};

let values = 0;
for (const [index, type] of Object.keys(SAMPLES).entries()) {
  let query = sampleQueries()[index] ?? '';
  const unreadable = UNREADABLE[type] ?? [];
  for (const text of unreadable) query = query.replaceAll(`E'${text}'::"${type}"`, `NULL::"${type}"`);
  for (const format of TEXT_ONLY.has(type) ? (['text'] as const) : (['text', 'binary'] as const)) {
    await compare(type, query, format);
  }
}
await client.end();
process.stdout.write(String(values));

async function compare(type: string, query: string, format: 'text' | 'binary'): Promise<void> {
  await client.query(`CREATE TEMP TABLE given AS ${query}; CREATE TEMP TABLE loaded (LIKE given)`);
  const given = await client.query<Record<string, unknown>>('SELECT * FROM given');
  await pipeline(given.rows, pgCopyRows({ table: 'loaded', format, client }));
  const loaded = await client.query<Record<string, unknown>>('SELECT * FROM loaded');
  assert.deepStrictEqual(loaded.rows, given.rows, `${type} as ${format}`);
  values += given.fields.length;
  if (!READ_ROUGHLY.has(type)) {
    const text = async (table: string) =>
      (await client.query<object>(`SELECT ${table}::text AS text FROM ${table}`)).rows;
    assert.deepStrictEqual(await text('loaded'), await text('given'), `${type} as ${format}`);
  }
  await client.query('DROP TABLE given, loaded');
}
