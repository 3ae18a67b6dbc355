/**
 * The same queries through node-postgres and through COPY in every format, in this process's time zone: prints how many
 * values were equal. `node compare.ts <dsn>`
 */
import assert from 'node:assert/strict';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { pgCopyTo } from '../../../../src/connectors/postgres/copy-to.ts';
import type { CopyFormat } from '../../../../src/connectors/postgres/copy/copy-command.ts';
import { decodeCopy } from '../../../../src/connectors/postgres/decode-copy.ts';
import { CLOCK_CHANGES, sampleQueries } from '../rows/samples.ts';
import { SHOWN_IN_THE_SESSION_ZONE, WITHOUT_BINARY } from './binary-types.ts';

const [dsn = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: dsn });
await client.connect();

const ZONES = ['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Europe/Amsterdam'];
const values = { csv: 0, text: 0, binary: 0 };

for (const zone of ZONES) {
  await client.query(`SET TIME ZONE '${zone}'`);
  for (const text of [...sampleQueries(), CLOCK_CHANGES]) {
    await compare(text, 'csv');
    await compare(text, 'text');
    const type = /::"([a-z0-9_]+)"/.exec(text)?.[1] ?? 'timestamp';
    const isOther = zone !== 'UTC' && SHOWN_IN_THE_SESSION_ZONE.includes(type);
    if (!isOther && !WITHOUT_BINARY.includes(type)) await compare(text, 'binary');
  }
}
for (const style of ['SQL, DMY', 'German', 'Postgres, MDY']) {
  await client.query(`SET datestyle = '${style}'`);
  await compare(CLOCK_CHANGES, 'csv');
  await compare(CLOCK_CHANGES, 'text');
}
await client.end();
process.stdout.write(JSON.stringify(values));

async function compare(text: string, format: CopyFormat): Promise<void> {
  for (const rowMode of ['object', 'array'] as const) {
    const answer = await client.query({ text, ...(rowMode === 'array' ? { rowMode } : {}) });
    const expected: unknown[] = answer.rows;
    const columns = answer.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    const source = pgCopyTo({ query: text, format, client });
    const rows = source.compose(decodeCopy({ columns, format, rowMode })) as Readable;
    const found: unknown[] = await rows.toArray();
    assert.deepStrictEqual(found, expected, `${format}: ${text}`);
    if (rowMode === 'object') assert.deepStrictEqual(found.map(keysOf), expected.map(keysOf), text);
    values[format] += found.length * columns.length;
  }
}

function keysOf(row: unknown): string[] {
  return Object.keys(row as object);
}
