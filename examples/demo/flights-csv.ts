/** Three million US flights (Bureau of Transportation Statistics), from Parquet to CSV: one object per row group. */
import { asyncBufferFromFile, parquetScan } from 'hyparquet';
import type { DecodedArray } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { vegaFile } from './vega-file.ts';

const COLUMNS = ['date', 'delay', 'distance', 'origin', 'destination'];
const CHUNK_LENGTH = 256 * 1024;

/** All rows and columns, in the order of the file; one row group is in memory at a time. */
export async function* flightObjects(): AsyncGenerator<Generator<Buffer>> {
  const file = await asyncBufferFromFile(vegaFile('flights-3m.parquet'));
  const scan = await parquetScan({ file, compressors, parsers: { timestampFromMicroseconds } });
  for (const range of scan.ranges) {
    const read = (column: string) => scan.readColumn({ column, ...range });
    yield csvChunks(await Promise.all(COLUMNS.map(read)), range.rowEnd - range.rowStart);
  }
}

/** No field needs quotes: numbers, times and the letters of airports. */
function* csvChunks(columns: readonly DecodedArray[], rows: number): Generator<Buffer> {
  const [date = [], delay = [], distance = [], origin = [], destination = []] = columns;
  let text = `${COLUMNS.join()}\n`;
  for (let row = 0; row < rows; row += 1) {
    text += `${date[row]},${delay[row]},${distance[row]},${origin[row]},${destination[row]}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** As PostgreSQL prints a timestamp: `2001-01-01 00:01:00`, with a fraction only where there is one. */
function timestampFromMicroseconds(micros: bigint): string {
  const [seconds = '', fraction = ''] = new Date(Number(micros / 1000n)).toISOString().replace('T', ' ').split('.');
  return fraction === '000Z'
    ? seconds
    : `${seconds}.${String(micros % 1_000_000n)
        .padStart(6, '0')
        .replace(/0+$/, '')}`;
}
