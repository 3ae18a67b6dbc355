/** Makes a row of values that stand behind their lengths, as in a message of the wire and in COPY's binary format. */
import { connectorError } from '../../../errors.ts';
import type { RowInMaking } from './raw-row.ts';
import { emptyRow, generated } from './row-shape.ts';
import type { RowShape } from './row-shape.ts';

/** Makes a row of the values, each behind its length, from `at` to `end`. */
export type RowBuilder = (row: RowInMaking, bytes: Buffer, at: number, end: number) => unknown;

/** Of equal names the last one counts. */
export function rowBuilder(shape: RowShape): RowBuilder {
  return generated(shape, {
    parameters: 'row, bytes, at, end',
    begin: `
  let length = 0;
  let from = 0;`,
    column: (index) => `
  length = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  from = at + 4;
  at = length < 0 ? from : from + length;
  if (at > end) throw unreadable();
  row.column = ${index};
  const value${index} = length < 0 ? null : reader${index}(row, from, at);`,
    calls: { unreadable },
    looping: () => looping(shape),
  });
}

/** The same without generated code. */
export function looping(shape: RowShape): RowBuilder {
  const { keys, make } = emptyRow(shape);
  return (row, bytes, start, end) => {
    const made = make();
    let at = start;
    for (const [index, read] of shape.readers.entries()) {
      const length = bytes.readInt32BE(at);
      const from = at + 4;
      at = from + Math.max(0, length);
      if (at > end) throw unreadable();
      row.column = index;
      made[keys[index] ?? index] = length < 0 ? null : read(row, from, at);
    }
    return made;
  };
}

function unreadable(): Error {
  return connectorError('SERVER_ERROR', "the server's rows cannot be read");
}
