/** The peer of sluice-load-rows: pg-copy-streams-binary's row writer as its own manual shows it. */
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { args, report } from './pipe.ts';
import { tripRows } from './trip-rows.ts';
import type { Trip } from './trip-rows.ts';

/** It has no declarations. */
const { rowWriter } = createRequire(import.meta.url)('pg-copy-streams-binary') as { rowWriter(): Transform };

const TYPES: Readonly<Record<keyof Trip, string>> = {
  ...{ id: 'int8', vendor: 'int2', picked_up_at: 'timestamptz', dropped_off_at: 'timestamptz', passengers: 'int2' },
  ...{ distance: 'float8', rate: 'int2', stored: 'text', pickup_zone: 'text', dropoff_zone: 'text', payment: 'text' },
  ...{ fare: 'float8', tip: 'float8', tolls: 'float8', total: 'float8' },
};
const FIELDS = Object.entries(TYPES) as [keyof Trip, string][];

const { dsn, file, rows } = args() as { dsn: string; file: string; rows: number };
const client = new pg.Client({ connectionString: dsn });
await client.connect();
const sink = client.query(from('COPY typed_trips FROM STDIN WITH (FORMAT binary)'));
await pipeline(Readable.from(written(await tripRows(file, rows))), rowWriter(), sink);
await client.end();
report({ rows: sink.rowCount });

function* written(trips: Iterable<Trip>): Generator<{ type: string; value: unknown }[]> {
  for (const trip of trips)
    yield FIELDS.map(([name, type]) => ({ type, value: type === 'int8' ? BigInt(trip.id) : trip[name] }));
}
