/**
 * The same queries through node-postgres and through us, in this process's time zone: prints how many values were equal.
 * `node compare.ts <dsn>`
 */
import assert from 'node:assert/strict';
import pg from 'pg';
import { pgQueryRows } from '../../../../src/connectors/postgres/query-rows.ts';
import { CLOCK_CHANGES, sampleQueries } from './samples.ts';

const [dsn = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: dsn });
await client.connect();

const ZONES = ['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Europe/Amsterdam'];

let values = 0;
for (const zone of ZONES) {
  await client.query(`SET TIME ZONE '${zone}'`);
  for (const text of [...sampleQueries(), CLOCK_CHANGES]) await compare(text);
}
for (const style of ['SQL, DMY', 'German', 'Postgres, MDY']) {
  await client.query(`SET datestyle = '${style}'`);
  await compare(CLOCK_CHANGES);
}
await client.end();
process.stdout.write(String(values));

async function compare(text: string): Promise<void> {
  for (const rowMode of ['object', 'array'] as const) {
    const expected: unknown[] = (await client.query({ text, ...(rowMode === 'array' ? { rowMode } : {}) })).rows;
    const found: unknown[] = await pgQueryRows(text, [], { client, rowMode }).toArray();
    assert.deepStrictEqual(found, expected, text);
    if (rowMode === 'object') assert.deepStrictEqual(found.map(keysOf), expected.map(keysOf), text);
    values += found.length * keysOf(found[0]).length;
  }
}

function keysOf(row: unknown): string[] {
  return Object.keys(row as object);
}
