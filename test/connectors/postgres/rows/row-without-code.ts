/** Makes one row where code from strings is forbidden, and says so. */
import { readText } from '../../../../src/connectors/postgres/raw-row.ts';
import { rowBuilder } from '../../../../src/connectors/postgres/row-builder.ts';

let forbidden = false;
try {
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is what must not be possible
  new Function('');
} catch (error) {
  forbidden = error instanceof EvalError;
}
const bytes = Buffer.from('\0\0\0\x01x', 'latin1');
const build = rowBuilder(['a'], [readText], 'object');
const row = build({ bytes, start: 0, text: undefined, column: 0 }, bytes, 0, bytes.length);
process.stdout.write(JSON.stringify({ forbidden, row }));
