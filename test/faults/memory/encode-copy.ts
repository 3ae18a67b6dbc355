/** Measured: rows that are encoded much faster than their bytes are taken, or one that is wider than everything else. */
import type { CopyFormat } from '../../../src/connectors/postgres/copy/copy-command.ts';
import { encodeCopy } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { gushRows, takeSlowly } from './neighbours.ts';

const { format, bytes, width } = settings() as { format: CopyFormat; bytes: number; width: number };
const read = (rowBytes: number, limit: number): Promise<number> =>
  takeSlowly(gushRows(rowBytes).pipe(encodeCopy({ columns: [{ name: 'v', type: 'text' }], format })), limit);

await measured({ warmUp: () => read(1_000, 1), work: () => read(width, bytes) });
process.exit();
