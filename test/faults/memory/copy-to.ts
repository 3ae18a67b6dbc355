/** Measured: a table that is read much more slowly than the server gives it. */
import { pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { takeSlowly } from './neighbours.ts';

const { bytes, dsn, tinyDsn } = settings() as { bytes: number; dsn: string; tinyDsn: string };
const read = (from: string, limit: number): Promise<number> =>
  takeSlowly(pgCopyTo({ table: 'any', config: { dsn: from } }), limit);

await measured({ warmUp: () => read(tinyDsn, 1), work: () => read(dsn, bytes) });
process.exit();
