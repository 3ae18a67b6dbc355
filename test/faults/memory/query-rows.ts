/** Measured: a query of a gigabyte or more that is read much more slowly than the server gives it. */
import { pgQueryRows } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { takeSlowly } from './neighbours.ts';

const { rows, width, dsn } = settings() as { rows: number; width: number; dsn: string };
const QUERY = "SELECT repeat('x', $2::int) FROM generate_series(1, $1::int)";
// An array of one column is as long as one row. One batch holds all: the bound of bytes stands alone.
const read = (of: number, limit: number): Promise<number> =>
  takeSlowly(pgQueryRows(QUERY, [of, width], { rowMode: 'array', batchSize: 1_000_000, config: { dsn } }), limit);

await measured({ warmUp: () => read(1, 1), work: () => read(1_000_000, rows) });
process.exit();
