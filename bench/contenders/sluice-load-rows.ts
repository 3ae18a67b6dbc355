/** Objects into a table. */
import { pipeline } from 'node:stream/promises';
import { pgCopyRows } from 'sluice';
import { args, report } from './pipe.ts';
import { tripRows } from './trip-rows.ts';

const { dsn, file, rows, format } = args() as { dsn: string; file: string; rows: number; format: 'text' | 'binary' };
const sink = pgCopyRows({ table: 'typed_trips', format, config: { dsn, sslmode: 'disable' } });
await pipeline(await tripRows(file, rows), sink);
report({ rows: sink.result?.rows ?? -1 });
