/** Measured: a table that is read much more slowly than the server gives it. */
import { pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { takeSlowly } from './neighbours.ts';

const { bytes, dsn } = settings<{ bytes: number; dsn: string }>();
const read = (limit: number): Promise<number> => takeSlowly(pgCopyTo({ table: 'big', config: { dsn } }), limit);

await measured({ warmUp: () => read(1), work: () => read(bytes) });
process.exit();
