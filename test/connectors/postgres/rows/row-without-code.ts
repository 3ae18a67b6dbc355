/** Makes a row of each kind where code from strings is forbidden, and says so. */
import { lineBuilder } from '../../../../src/connectors/postgres/decoding/line-builder.ts';
import { readText } from '../../../../src/connectors/postgres/rows/raw-row.ts';
import { rowBuilder } from '../../../../src/connectors/postgres/rows/row-builder.ts';
import type { RowShape } from '../../../../src/connectors/postgres/rows/row-shape.ts';

let forbidden = false;
try {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is what must not be possible
  new Function('');
} catch (error) {
  forbidden = error instanceof EvalError;
}
const bytes = Buffer.from('\0\0\0\x01x', 'latin1');
const shape: RowShape = { names: ['a'], readers: [readText], rowMode: 'object' };
const raw = { bytes, start: 0, text: undefined, isAscii: false, column: 0 };
const row = rowBuilder(shape)(raw, bytes, 0, bytes.length);
const line = lineBuilder(shape, { null: Buffer.of(0), escaped: () => undefined })(raw, bytes, 4, Int32Array.of(1));
process.stdout.write(JSON.stringify({ forbidden, row, line }));
